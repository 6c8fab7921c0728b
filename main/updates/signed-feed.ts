import { createPublicKey, verify } from 'node:crypto'
import { valid } from 'semver'
import { z } from 'zod'

/** A file of a release. Its name alone says where it is: beside the feed. */
const ReleaseFile = z.object({
  url: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,150}$/),
  sha512: z.string().regex(/^[A-Za-z0-9+/]{86}==$/),
  size: z.int().min(1).max(1_000_000_000),
  /** Whether an installer for Windows has to be run as an administrator. */
  isAdminRightsRequired: z.boolean().default(false),
})
export type ReleaseFile = Readonly<z.infer<typeof ReleaseFile>>

/** The most that is shown of a release's notes, in characters. */
const longestNotes = 20_000

const Notes = z
  .union([z.string(), z.array(z.object({ version: z.string(), note: z.string().nullable() })), z.null()])
  .optional()
  .transform((notes) =>
    plainText(
      Array.isArray(notes)
        ? notes.map(({ version, note }) => `${version}\n${note ?? ''}`).join('\n\n')
        : (notes ?? ''),
    ),
  )

/** What electron-builder writes for a release, as far as Curfew reads it. */
const Feed = z.object({
  // Whatever else would be a version is no release: a preview is never offered.
  version: z
    .string()
    .max(40)
    .regex(/^\d+\.\d+\.\d+$/)
    .refine((version) => valid(version) !== null),
  files: z.array(ReleaseFile).min(1).max(20),
  releaseNotes: Notes,
})

/** A feed that was found good. */
export interface SignedRelease {
  readonly version: string
  readonly notes: string
  readonly files: readonly ReleaseFile[]
}

/** Line ends and tabs are kept; other control characters and what turns the direction of writing are not. */
function plainText(text: string): string {
  return (
    text
      .replaceAll('\r\n', '\n')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is taken out.
      .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
      .slice(0, longestNotes)
      .trim()
  )
}

/** The name of the feed for a system, as electron-builder gives it. */
export function feedName(platform: 'darwin' | 'win32' | 'linux', arch: string): string {
  if (platform === 'win32') return 'latest.yml'
  if (platform === 'darwin') return 'latest-mac.yml'
  return arch === 'x64' ? 'latest-linux.yml' : `latest-linux-${arch}.yml`
}

/** What is signed: the feed, byte by byte, under its own name, so that no system is given another one's. */
export function signedBytes(name: string, feed: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`Curfew update feed 1\n${name}\n`), feed])
}

/**
 * Whether one of the keys has signed a feed under that name.
 *
 * @param signatures a line each, base64 of 64 bytes: more than one while a key is being replaced
 */
export function isSigned(
  name: string,
  feed: Uint8Array,
  signatures: string,
  keys: readonly string[],
): boolean {
  const message = signedBytes(name, feed)
  const lines = signatures.split('\n').filter((line) => /^[A-Za-z0-9+/]{86}==$/.test(line))
  return keys.some((key) => {
    const x = Buffer.from(key, 'base64').toString('base64url')
    const publicKey = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x } })
    return lines.slice(0, 10).some((line) => verify(null, message, publicKey, Buffer.from(line, 'base64')))
  })
}

/** Reads a feed, which nobody may do before its signature was found good; `undefined` where it isn't one. */
export async function readFeed(feed: Uint8Array): Promise<SignedRelease | undefined> {
  const { load } = await import('js-yaml')
  try {
    const { version, files, releaseNotes } = Feed.parse(load(Buffer.from(feed).toString('utf8')))
    return { version, files, notes: releaseNotes }
  } catch {
    return undefined
  }
}

const endings = { AppImage: '.AppImage', deb: '.deb', rpm: '.rpm', nsis: '.exe', mac: '.zip' } as const

/** How this Curfew was installed, which is how it can be updated. */
export type PackageKind = keyof typeof endings

/** The file of a release that updates a Curfew of that kind; of several, the one for the processor. */
export function fileFor({ files }: SignedRelease, kind: PackageKind, arch: string): ReleaseFile | undefined {
  const fitting = files.filter(({ url }) => url.endsWith(endings[kind]))
  return fitting.length > 1 ? fitting.find(({ url }) => url.includes(`-${arch}.`)) : fitting[0]
}
