/** Curfew's own scheme and origin: everything the window shows comes from here (ARCHITECTURE.md, "Hardening"). */
export const appScheme = 'app'
const appOrigin = `${appScheme}://curfew`
export const appPage = `${appOrigin}/index.html`

/** Whether a URL is on Curfew's own origin, compared parsed, never by its beginning. */
export function isAppUrl(url: string): boolean {
  const parsed = URL.parse(url)
  return parsed !== null && parsed.protocol === `${appScheme}:` && parsed.host === 'curfew'
}
