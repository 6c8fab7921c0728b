import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { dump } from 'js-yaml'
import { generate } from 'selfsigned'
import type { Fetch } from '../../main/connectors/connector.ts'
import { signedBytes } from '../../main/updates/signed-feed.ts'

/** Whoever publishes releases, with the key that signs them. */
export interface Publisher {
  readonly privateKey: KeyObject
  /** As the app and the policy file have it. */
  readonly publicKey: string
}

export function createPublisher(): Publisher {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const { x = '' } = publicKey.export({ format: 'jwk' })
  return { privateKey, publicKey: Buffer.from(x, 'base64url').toString('base64') }
}

/** What stands in the folder of a feed. */
export type Folder = Record<string, Buffer>

/** A release as electron-builder lays it out and Curfew's script signs it. */
export function release(
  version: string,
  publisher: Publisher,
  more: {
    readonly notes?: unknown
    /** The name that the feed lies under, and the name that it is signed for. */
    readonly name?: string
    readonly signedAs?: string
    readonly ending?: string
    readonly content?: Buffer
    /** Written into the feed over what would be right. */
    readonly file?: object
  } = {},
): Folder {
  const { name = 'latest-linux.yml', content = randomBytes(300_000), ending = '.deb' } = more
  const installer = `Curfew-${version}-linux-amd64${ending}`
  const feed = Buffer.from(
    dump({
      version,
      files: [
        {
          url: installer,
          sha512: createHash('sha512').update(content).digest('base64'),
          size: content.length,
          ...more.file,
        },
      ],
      releaseDate: '2026-11-25T12:00:00.000Z',
      ...(more.notes !== undefined && { releaseNotes: more.notes }),
    }),
  )
  const signature = sign(null, signedBytes(more.signedAs ?? name, feed), publisher.privateKey)
  return {
    [name]: feed,
    [`${name}.sig`]: Buffer.from(`${signature.toString('base64')}\n`),
    [installer]: content,
  }
}

/** A `fetch` that finds a folder's files under whatever address, and nothing else. */
export function fetchFrom(folder: () => Folder): Fetch {
  return async (url) => {
    const content = folder()[new URL(url).pathname.slice(1)]
    return content ? new Response(new Uint8Array(content)) : new Response(null, { status: 404 })
  }
}

/** A feed on the network, over `https` with a certificate that this process trusts. */
export interface FeedServer {
  readonly url: string
  /** The paths that were asked for, in their order. */
  readonly asked: readonly string[]
  /** Answers by itself from now on; from the folder where it is given one. */
  answer(how: Folder | RequestListener): void
  stop(): Promise<void>
}

export async function startFeed(): Promise<FeedServer> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }])
  setDefaultCACertificates([...getCACertificates('default'), cert])
  const asked: string[] = []
  let answer: RequestListener = (_request, response) => response.writeHead(404).end()
  const server = createServer({ key, cert }, (request, response) => {
    asked.push(request.url ?? '')
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}/`,
    asked,
    answer(how) {
      answer =
        typeof how === 'function'
          ? how
          : (request, response) => {
              const content = how[(request.url ?? '').slice(1)]
              response.writeHead(content ? 200 : 404).end(content)
            }
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
