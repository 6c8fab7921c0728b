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
