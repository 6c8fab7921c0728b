import { session } from 'electron'
import type { Fetch } from '../connectors/connector.ts'
import type { OpenWay } from '../connectors/http/certificates.ts'

/**
 * Main's own way to the servers: a session apart from the window's, whose guard cancels whatever isn't one of Curfew's
 * pages. It keeps no cookies and no cache, and takes the system's proxy settings and certificate store.
 */
export const fetchFromServers: Fetch = (url, init) => {
  // Asked anew each time, since no session exists before the app is ready; the name makes it the same one.
  return session.fromPartition('curfew-servers', { cache: false }).fetch(url, init)
}

/** What Chromium is told of a certificate: its own verdict stands, or the error of a pinned key that is not there. */
const codes = { 'as-the-system-says': -3, refused: -150 } as const

/**
 * A session of its own for each name, so that no connection, no resumed handshake and no remembered verdict of another way
 * is used. Sessions whose name begins otherwise than with `persist:` are in memory only.
 */
export const openWay: OpenWay = (name, verify) => {
  const way = session.fromPartition(name, { cache: false })
  way.setCertificateVerifyProc(({ hostname, certificate, errorCode }, decide) => {
    decide(codes[verify({ hostname, pem: certificate.data, isTrusted: errorCode === 0 })])
  })
  return (url, init) => way.fetch(url, init)
}

/**
 * The way to the feed of updates, in a session of its own. A redirect is answered as such, as `redirect: 'manual'` asks for:
 * Electron's `fetch` can only follow them or fail, so whatever was not asked for is cancelled and told. One request at a
 * time.
 */
export const fetchUpdates: Fetch = async (url, init) => {
  const own = session.fromPartition('curfew-updates', { cache: false })
  let location: string | undefined
  own.webRequest.onBeforeRequest((details, answer) => {
    const isAsked = details.url === url
    if (!isAsked) location = details.url
    answer({ cancel: !isAsked })
  })
  try {
    return await own.fetch(url, { ...init, redirect: 'follow' })
  } catch (error) {
    if (location === undefined) throw error
    return new Response(null, { status: 302, headers: { location } })
  }
}
