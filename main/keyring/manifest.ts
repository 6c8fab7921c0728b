import { createHash } from 'node:crypto'
import { KeyringError } from './keyring-error.ts'

/**
 * Which generation of every entry is the right one, so that an earlier one that is put back is noticed. Sealed,
 * it is an entry of the keychain itself.
 *
 * What it can't notice is the whole keychain put back as it was at one earlier moment.
 */
export interface Manifest {
  /** The last generation given to anything. It only grows, so that none is given twice. */
  readonly counter: number
  /** The generation of the data key's wrap, and of the one that may be about to replace it (0: none). */
  readonly wrap: number
  readonly nextWrap: number
  /** Whether something may still be sealed under the data key before. */
  readonly resealing: boolean
  /** The one entry that may be half-way between two generations (0: not there). */
  readonly pending: { readonly id: string; readonly from: number; readonly to: number } | undefined
  /** By the instance id's fingerprint: ids are too long for an entry of 2 500 bytes. */
  readonly generations: ReadonlyMap<string, number>
}

export const newManifest: Manifest = {
  counter: 1,
  wrap: 1,
  nextWrap: 0,
  resealing: false,
  pending: undefined,
  generations: new Map(),
}

const fingerprintBytes = 8

const fingerprint = (id: string): string =>
  createHash('sha256').update(id).digest().toString('hex', 0, fingerprintBytes)

export const generationOf = (manifest: Manifest, id: string): number =>
  manifest.generations.get(fingerprint(id)) ?? 0

/** Announces that an entry is about to be replaced, or deleted. */
export function announce(manifest: Manifest, id: string, action: 'write' | 'delete'): Manifest {
  const counter = manifest.counter + 1
  const to = action === 'write' ? counter : 0
  return { ...manifest, counter, pending: { id, from: generationOf(manifest, id), to } }
}

/** Settles what was announced on the generation (0: none) that the entry was found to have. */
export function settle(manifest: Manifest, generation: number): Manifest {
  if (!manifest.pending) return manifest
  const generations = new Map(manifest.generations)
  if (generation === 0) generations.delete(fingerprint(manifest.pending.id))
  else generations.set(fingerprint(manifest.pending.id), generation)
  return { ...manifest, pending: undefined, generations }
}

const resealingMark = 'resealing'

/** One short text: `<counter> <wrap> <nextWrap> [<id> <from> <to>] [resealing] <fingerprints and generations>`. */
export function encodeManifest({
  counter,
  wrap,
  nextWrap,
  resealing,
  pending,
  generations,
}: Manifest): Buffer {
  const words = [
    counter,
    wrap,
    nextWrap,
    ...(pending ? [pending.id, pending.from, pending.to] : []),
    ...(resealing ? [resealingMark] : []),
  ]
  const head = Buffer.from(`${words.join(' ')}\n`)
  const records = [...generations].map(([print, generation]) => {
    const record = Buffer.alloc(fingerprintBytes + 4)
    record.write(print, 'hex')
    record.writeUInt32BE(generation, fingerprintBytes)
    return record
  })
  return Buffer.concat([head, ...records])
}

export function decodeManifest(bytes: Buffer, entry: string): Manifest {
  const end = bytes.indexOf(10)
  const words = bytes.toString('utf8', 0, Math.max(end, 0)).split(' ')
  const resealing = words.at(-1) === resealingMark
  const [counter, wrap, nextWrap, id, from, to] = resealing ? words.slice(0, -1) : words
  const records = bytes.subarray(end + 1)
  if (!counter || !wrap || !nextWrap || records.length % (fingerprintBytes + 4) !== 0) {
    throw new KeyringError('tampered', entry)
  }
  const generations = new Map<string, number>()
  for (let at = 0; at < records.length; at += fingerprintBytes + 4) {
    generations.set(
      records.toString('hex', at, at + fingerprintBytes),
      records.readUInt32BE(at + fingerprintBytes),
    )
  }
  return {
    counter: Number(counter),
    wrap: Number(wrap),
    nextWrap: Number(nextWrap),
    resealing,
    pending: id ? { id, from: Number(from), to: Number(to) } : undefined,
    generations,
  }
}
