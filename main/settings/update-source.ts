/** Where updates are asked for, and whose signature counts. */
export interface UpdateSource {
  /** The folder of the feed, an `https` address that ends in a slash. */
  readonly feed: string
  /** Ed25519 public keys, base64 of 32 bytes; a feed that one of them signed is good. */
  readonly keys: readonly string[]
}

/** What an organisation lays down about updates: another feed, other keys, or that there are none. */
export type ManagedUpdates = Partial<UpdateSource> | 'off'

/**
 * Where Curfew's publisher puts its releases, and the public half of what signs them (docs/updates.md). There is none
 * before the first release.
 */
export const publisher: UpdateSource | undefined = undefined

/** Reads a feed's address; `undefined` for whatever isn't plain `https`. */
export function readFeedAddress(value: unknown): string | undefined {
  const url = typeof value === 'string' ? URL.parse(value) : null
  if (url?.protocol !== 'https:' || url.username || url.password || url.search || url.hash) return undefined
  return url.href.endsWith('/') ? url.href : `${url.href}/`
}

/** Reads a public key; `undefined` for whatever isn't 32 bytes in base64. */
export function readKey(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Za-z0-9+/]{43}=$/.test(value) ? value : undefined
}

/** The source in force, or why there is none. */
export function sourceInForce(
  managed: ManagedUpdates | undefined,
  published: UpdateSource | undefined,
): UpdateSource | 'organisation' | 'nowhere' {
  if (managed === 'off') return 'organisation'
  const feed = managed?.feed ?? published?.feed
  const keys = managed?.keys ?? published?.keys ?? []
  return feed === undefined || keys.length === 0 ? 'nowhere' : { feed, keys }
}
