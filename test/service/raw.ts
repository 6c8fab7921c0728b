import { once } from 'node:events'
import { connect } from 'node:net'

/** Sends raw bytes to a server and gives back all that comes until it closes. */
export async function raw(origin: string, bytes: string | Buffer, end = false): Promise<string> {
  const { hostname, port } = new URL(origin)
  const socket = connect(Number(port), hostname.replace(/^\[(.*)\]$/, '$1'))
  let answer = ''
  socket.on('data', (chunk) => {
    answer += chunk.toString()
  })
  socket.on('error', () => {})
  socket.write(bytes)
  if (end) socket.end()
  await once(socket, 'close')
  return answer
}
