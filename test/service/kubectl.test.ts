import { execFile, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { expect, test } from 'vitest'
import { startService } from './support.ts'

const kubectl = ['/usr/bin/kubectl', '/usr/local/bin/kubectl'].find((path) => existsSync(path))
const openssl = ['/usr/bin/openssl'].find((path) => existsSync(path))
const missing = kubectl === undefined ? 'kubernetes-client' : openssl === undefined ? 'openssl' : undefined
if (missing !== undefined) console.log(`kubectl: skipped, Debian’s package ${missing} is not installed.`)

const plugin = new URL('../../service/bin/curfew-credential.ts', import.meta.url).pathname
const run = promisify(execFile)

/** What this kubectl calls the exec plugins' API: Debian 12's is 1.20, which knows only the beta of it. */
async function execApiVersion(): Promise<string> {
  const { stdout } = await run(kubectl ?? '', ['version', '--client', '--output=json'])
  const { minor } = JSON.parse(stdout).clientVersion as { minor: string }
  return `client.authentication.k8s.io/${Number.parseInt(minor, 10) < 22 ? 'v1beta1' : 'v1'}`
}

test.skipIf(missing !== undefined)(
  'D3: kubectl takes the credential from the exec plugin, and a cluster that is pointed at the service lets it in',
  async () => {
    await using service = await startService({ at: Date.now() })
    await service.addUser('anna', { role: 'admin' })
    const anna = await service.signIn('anna')
    const { token } = (await anna.call('POST', 'tokens', { name: 'kubectl', scopes: ['kubernetes'] })).body
    const folder = await mkdtemp(join(tmpdir(), 'curfew-kubectl-'))
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    execFileSync(
      openssl ?? '',
      ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'].concat(
        [
          ...[
            '-keyout',
            key,
            '-out',
            cert,
            '-subj',
            '/CN=127.0.0.1',
            '-addext',
            'subjectAltName=IP:127.0.0.1',
          ],
        ],
      ),
      { stdio: 'ignore' },
    )

    // A cluster's API, as far as signing in goes: it finds the keys by discovery and knows nothing else.
    const discovery = await (await fetch(`${service.origin}/.well-known/openid-configuration`)).json()
    const keys = createRemoteJWKSet(new URL(discovery.jwks_uri))
    const seen: { user?: string; groups?: unknown }[] = []
    const cluster = createServer(
      { key: readFileSync(key), cert: readFileSync(cert) },
      (request, response) => {
        const bearer = request.headers.authorization?.replace('Bearer ', '') ?? ''
        jwtVerify(bearer, keys, { issuer: discovery.issuer, audience: 'kubernetes' }).then(
          ({ payload }) => {
            seen.push({ user: String(payload['preferred_username']), groups: payload['groups'] })
            response.setHeader('content-type', 'application/json')
            response.end(JSON.stringify({ major: '1', minor: '30', gitVersion: 'v1.30.0' }))
          },
          () => response.writeHead(401).end('{}'),
        )
      },
    )
    cluster.listen(0, '127.0.0.1')
    await once(cluster, 'listening')
    const { port } = cluster.address() as AddressInfo

    const tokenFile = join(folder, 'token')
    await writeFile(tokenFile, `${token}\n`, { mode: 0o600 })
    const config = join(folder, 'config.json')
    await writeFile(
      config,
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        'current-context': 'test',
        contexts: [{ name: 'test', context: { cluster: 'test', user: 'anna' } }],
        clusters: [
          {
            name: 'test',
            cluster: { server: `https://127.0.0.1:${port}`, 'certificate-authority': cert },
          },
        ],
        users: [
          {
            name: 'anna',
            user: {
              exec: {
                apiVersion: await execApiVersion(),
                command: process.execPath,
                args: [plugin, '--url', service.origin, '--name', 'kubectl in a test'],
                env: [{ name: 'CURFEW_TOKEN_FILE', value: tokenFile }],
                interactiveMode: 'Never',
              },
            },
          },
        ],
      }),
    )
    const ask = () =>
      run(kubectl ?? '', ['--kubeconfig', config, 'get', '--raw', '/version'], {
        env: { PATH: process.env['PATH'] ?? '', HOME: folder },
        timeout: 25_000,
      })
    try {
      expect((await ask()).stdout).toContain('v1.30.0')
      expect(seen[0]).toMatchObject({ user: 'anna', groups: expect.arrayContaining(['curfew:role:admin']) })
      const sessions = await anna.call('GET', 'me/sessions')
      expect(sessions.body.items).toContainEqual(
        expect.objectContaining({ kind: 'kubernetes', client: 'kubectl in a test' }),
      )
      // Once revoked, the plugin gets nothing more, and says why.
      await anna.call('DELETE', 'me/sessions')
      await expect(ask()).rejects.toThrow(/Your session was revoked/)
    } finally {
      cluster.close()
      await rm(folder, { recursive: true })
    }
  },
)
