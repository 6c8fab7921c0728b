import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import { vi } from 'vitest'

const program = '/usr/sbin/nginx'
const readme = new URL('../../service/README.md', import.meta.url)

/** Debian's nginx, or `undefined` where there is none. */
export function findNginx(): string | undefined {
  return existsSync(program) ? program : undefined
}

/** The lines that the README gives for nginx, so that what is tested is what is written. */
function readmeLocation(): string {
  const found = /```\n(location \/ \{[\s\S]*?\n\})\n```/.exec(readFileSync(readme, 'utf8'))?.[1]
  if (found === undefined) throw new Error('service/README.md has no lines for nginx.')
  return found
}

/** A port of this machine that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('There is no free port.')
  return address.port
}

/** A real nginx in front of a service. */
export interface Nginx extends AsyncDisposable {
  readonly port: number
  /** Its certificate, where it speaks TLS. */
  readonly cert: string | undefined
}

/**
 * Starts nginx with the README's own lines on a port that is not the service's.
 *
 * @param origin the service's
 * @param port nginx's own, from {@link freePort}
 * @param more directives for the server around them
 */
export async function startNginx(
  origin: string,
  { port, tls = false, more = '' }: { readonly port: number; readonly tls?: boolean; readonly more?: string },
): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), 'curfew-nginx-'))
  const made = tls ? await generate([{ name: 'commonName', value: 'localhost' }]) : undefined
  if (made) {
    writeFileSync(join(folder, 'key.pem'), made.private)
    writeFileSync(join(folder, 'cert.pem'), made.cert)
  }
  const location = readmeLocation().replace('http://127.0.0.1:4180', origin)
  if (!location.includes(origin)) throw new Error('The README’s lines name another address.')
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr warn;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  server {
    listen 127.0.0.1:${port}${tls ? ' ssl' : ''};
    ${tls ? 'ssl_certificate cert.pem; ssl_certificate_key key.pem;' : ''}
    ${more}
    ${location}
  }
}
`,
  )
  const child = spawn(program, ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'], { stdio: 'inherit' })
  const gone = once(child, 'exit')
  await vi.waitFor(
    async () => {
      const socket = connect(port, '127.0.0.1')
      await once(socket, 'connect')
      socket.destroy()
    },
    { timeout: 10_000, interval: 50 },
  )
  return {
    port,
    cert: made?.cert,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM')
      await gone
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
