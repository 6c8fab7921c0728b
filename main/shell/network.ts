import { session } from 'electron'
import type { Fetch } from '../connectors/connector.ts'

/**
 * Main's own way to the servers: a session apart from the window's, whose guard cancels whatever isn't one of Curfew's
 * pages. It keeps no cookies and no cache, and takes the system's proxy settings and certificate store.
 */
export const fetchFromServers: Fetch = (url, init) => {
  // Asked anew each time, since no session exists before the app is ready; the name makes it the same one.
  return session.fromPartition('curfew-servers', { cache: false }).fetch(url, init)
}
