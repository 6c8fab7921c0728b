/**
 * A path of this server to return to. Anything that a browser could take for another place becomes `/`.
 */
export function safeReturnTo(value: unknown): string {
  if (typeof value !== 'string' || value.length > 500) return '/'
  // Browsers drop control characters and read a backslash as a slash.
  if (!/^\/(?![/\\])[\x21-\x7e]*$/.test(value) || value.includes('\\')) return '/'
  const here = 'http://this.invalid'
  try {
    const url = new URL(value, here)
    return url.origin === here && !url.pathname.startsWith('/sign-') && !url.pathname.startsWith('//')
      ? url.pathname + url.search
      : '/'
  } catch {
    return '/'
  }
}
