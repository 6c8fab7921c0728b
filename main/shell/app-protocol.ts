import { randomBytes } from 'node:crypto'
import { net, protocol } from 'electron'
import { contentSecurityPolicy } from './content-security-policy.ts'
import { appScheme, isAppUrl } from './origin.ts'
import { type PageFile, readPageFile } from './page-files.ts'

/** Must run before the app is ready, once. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: appScheme, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ])
}

/**
 * Serves the window's pages under the app's own scheme, each with the security headers.
 *
 * @param folder the built pages
 * @param developmentServer where Vite serves them instead, in development only
 */
export function serveApp(folder: string, developmentServer?: URL): void {
  protocol.handle(appScheme, async (request) => {
    if (request.method !== 'GET' || !isAppUrl(request.url)) return new Response(null, { status: 403 })
    const nonce = randomBytes(16).toString('base64')
    const file = developmentServer
      ? await readFromServer(developmentServer, request.url)
      : await readPageFile(folder, request.url)
    if (!file) return new Response(null, { status: 404 })
    const isPage = file.contentType.startsWith('text/html')
    const body = isPage ? file.content.toString('utf8').replaceAll('__CSP_NONCE__', nonce) : file.content
    return new Response(typeof body === 'string' ? body : new Uint8Array(body), {
      headers: {
        'content-type': file.contentType,
        'content-security-policy': contentSecurityPolicy(nonce, developmentServer),
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
      },
    })
  })
}

async function readFromServer(server: URL, url: string): Promise<PageFile | undefined> {
  const { pathname, search } = new URL(url)
  const response = await net.fetch(new URL(`${pathname}${search}`, server).href)
  if (!response.ok) return undefined
  return {
    content: Buffer.from(await response.arrayBuffer()),
    contentType: response.headers.get('content-type') ?? 'application/octet-stream',
  }
}
