/** What mail programs, chats and word processors put around an address, and sentences behind it. */
const before = /^[\s"'`´“”„‟‘’‚‛«»‹›<>＜＞({]+/u
const after = /[\s"'`´“”„‟‘’‚‛«»‹›<>＜＞)},;]+$/u
/** What can't be seen, and comes along when text is copied. */
const unseen = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu

/**
 * Reads a server's address as a person types or pastes it.
 *
 * `https` only, except for this machine itself; no credentials, query or fragment; a missing scheme is `https`, and a
 * mistyped one is mended.
 *
 * @returns the address without a trailing slash, or what is wrong with it in words
 */
export function parseBaseUrl(typed: string): { readonly url: string } | { readonly fault: string } {
  const text = typed.replace(unseen, '').replace(before, '').replace(after, '')
  if (text === '') return { fault: 'Type the address of the server.' }
  const url = parseLoosely(text)
  if (!url || url.hostname === '')
    return { fault: 'This is not an address. Example: https://sessions.example.com' }
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return { fault: 'The address must begin with https://' }
  if (url.username || url.password)
    return { fault: 'Leave the name and password out of the address; there are fields for them.' }
  if (url.search || url.hash) return { fault: 'Leave out everything from “?” or “#” on.' }
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    return { fault: 'Plain http would send the password readable by others. Use https://' }
  return { url: `${url.origin}${url.pathname.replace(/\/+$/, '')}` }
}

function parseLoosely(text: string): URL | null {
  const scheme = /^(https?)(?::[/\\]*|[/\\]{2,})/i.exec(text)
  if (scheme) return withoutDot(URL.parse(`${scheme[1]}://${text.slice(scheme[0].length)}`))
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return URL.parse(text)
  const secure = withoutDot(URL.parse(`https://${text}`))
  // Nobody has typed http: only a name that is this very machine goes without a certificate.
  return secure && isLoopback(secure.hostname) ? withoutDot(URL.parse(`http://${text}`)) : secure
}

/** `example.com.` is `example.com`, and a dot may just end the sentence. */
function withoutDot(url: URL | null): URL | null {
  if (url) url.hostname = url.hostname.replace(/\.+$/, '')
  return url
}

/** Whether a URL's host name is this very machine. */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}
