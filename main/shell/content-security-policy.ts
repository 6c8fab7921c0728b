/**
 * The policy of every page of the window: nothing from elsewhere, no inline script, inline styles only with the
 * page's nonce (the component library writes one style element).
 *
 * @param developmentServer the origin of Vite's server, in development only: allows its hot reload
 */
export function contentSecurityPolicy(nonce: string, developmentServer?: URL): string {
  const hotReload = developmentServer ? ` ws://${developmentServer.host}` : ''
  return [
    "default-src 'none'",
    developmentServer ? "script-src 'self' 'unsafe-inline'" : "script-src 'self'",
    developmentServer ? "style-src 'self' 'unsafe-inline'" : `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src 'self'${hotReload}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
