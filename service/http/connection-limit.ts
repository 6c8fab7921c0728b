import type { Server, Socket } from 'node:net'
import { networksOf } from '../address.ts'
import { bareAddress } from './client.ts'
import { isLoopback } from './own-origins.ts'

/** Open connections of one network at once: many people share an address, and each browser opens several. */
export const mostConnections = 1_000

/**
 * Which network a connection counts for: an IPv4 address, or the /64 of an IPv6 one.
 *
 * @returns `undefined` for this machine's own, which anybody on it could use up in other ways too
 */
export function networkOf({ remoteAddress = '' }: Pick<Socket, 'remoteAddress'>): string | undefined {
  const address = bareAddress(remoteAddress)
  if (address === undefined || isLoopback(address)) return undefined
  return networksOf(address)[0]?.name
}

/**
 * Closes what one network opens beyond its share, before a byte of it is read: whoever opens connections and says nothing
 * can't use up what the others need.
 */
export function limitConnections(
  server: Server,
  most: number,
  networkOfSocket: (socket: Socket) => string | undefined,
): void {
  const open = new Map<string, number>()
  server.on('connection', (socket: Socket) => {
    const network = networkOfSocket(socket)
    if (network === undefined) return
    const count = open.get(network) ?? 0
    if (count >= most) {
      socket.destroy()
      return
    }
    open.set(network, count + 1)
    socket.once('close', () => {
      const left = (open.get(network) ?? 1) - 1
      if (left === 0) open.delete(network)
      else open.set(network, left)
    })
  })
}
