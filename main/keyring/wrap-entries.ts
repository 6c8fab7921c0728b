import { timingSafeEqual } from 'node:crypto'
import type { Keychain } from '../keychain/keychain.ts'
import { entryNames } from './entry-names.ts'
import { KeyringError } from './keyring-error.ts'
import { type Manifest, newManifest } from './manifest.ts'
import { checkIsOwn, putManifest, readManifest, sealManifest, sealManifestWith } from './manifest-entry.ts'
import { finishReplacing, readPrevious, replaceKey } from './new-key.ts'
import type { ScryptCost } from './passphrase.ts'
import type { Period, StoredManifest, Unwrapped } from './period.ts'
import type { Random } from './seal.ts'
import { setSurely } from './set-surely.ts'
import { createWrap, parseWrap, unwrap, type Wrap } from './wrap.ts'

/** How a passphrase is changed. */
export interface ChangeOptions {
  /** Whether a new data key takes the place of the present one; all that is sealed has to be sealed anew then. */
  readonly replaceKey: boolean
}

/** The data key's wraps in the keychain: the one in force, and the next one while the passphrase is changed. */
export interface WrapEntries {
  exists(): Promise<boolean>
  /** Makes a data key and wraps it. */
  create(passphrase: string): Promise<Unwrapped>
  /** `undefined` where the passphrase is wrong. Finishes or undoes what an interrupted change has left. */
  open(passphrase: string): Promise<Unwrapped | undefined>
  /** Ends the period where it can't be told which key is in force. */
  change(
    now: Period,
    current: string,
    next: string,
    options: ChangeOptions,
  ): Promise<'changed' | 'wrong-passphrase'>
}

interface Candidate {
  readonly wrap: Wrap
  readonly entry: string
}

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: the steps of an interruptible passphrase change are read together.
export function createWrapEntries(ports: {
  readonly keychain: Keychain
  readonly random: Random
  /** What new wraps cost, and the least that one in the keychain may cost. */
  readonly cost: ScryptCost
  /** Called before a passphrase is tried. */
  readonly beforeTry: () => Promise<void>
}): WrapEntries {
  const { keychain, random, cost, beforeTry } = ports

  /** The wraps in the keychain, in the order to try them: two only where a passphrase change was interrupted. */
  async function candidates(): Promise<readonly [Candidate, ...Candidate[]]> {
    let fault = new KeyringError('missing', entryNames.wrap)
    const found: Candidate[] = []
    for (const entry of [entryNames.wrap, entryNames.nextWrap]) {
      const text = await keychain.get(entry)
      if (text === undefined || text === found[0]?.wrap.text) continue
      try {
        found.push({ wrap: parseWrap(text, entry, cost), entry })
      } catch (error) {
        if (error instanceof KeyringError) fault = error
      }
    }
    const [first, ...others] = found
    if (!first) throw fault
    return [first, ...others]
  }

  function checkGeneration(manifest: Manifest, { wrap, entry }: Candidate): void {
    if (wrap.generation === manifest.wrap || wrap.generation === manifest.nextWrap) return
    throw new KeyringError('rolled-back', wrap.generation > manifest.counter ? entryNames.manifest : entry)
  }

  /** Brings a passphrase change that was interrupted to the end that the passphrase just used calls for. */
  async function finishChange(
    dataKey: Buffer,
    used: Candidate,
    stored: StoredManifest,
  ): Promise<StoredManifest> {
    const { manifest } = stored
    if (used.entry === entryNames.nextWrap) await setSurely(keychain, entryNames.wrap, used.wrap.text)
    const left: string[] = [entryNames.nextWrap, entryNames.nextManifest]
    if (!manifest.resealing) left.push(entryNames.previous)
    const found = await Promise.all(left.map((entry) => keychain.get(entry)))
    for (const [at, entry] of left.entries()) if (found[at] !== undefined) await keychain.delete(entry)
    if (manifest.nextWrap === 0) return stored
    const settled = { ...manifest, wrap: used.wrap.generation, nextWrap: 0 }
    const after = sealManifestWith(dataKey, settled, random)
    await keychain.set(entryNames.manifest, after.text)
    return after
  }

  /**
   * The data key opens no manifest of its own: it is the new one of a change that was interrupted, or something is wrong.
   * As long as there is another wrap before it, that one is in force, and the passphrase is none yet.
   */
  async function openAsNew(
    used: Candidate,
    dataKey: Buffer,
    [first]: readonly [Candidate, ...Candidate[]],
    fault: KeyringError,
  ): Promise<Unwrapped | undefined> {
    if (used === first) return finishReplacing(keychain, used.wrap, dataKey, fault)
    if (used.wrap.generation < first.wrap.generation) throw new KeyringError('rolled-back', used.entry)
    if ((await keychain.get(entryNames.nextManifest)) === undefined) throw fault
    dataKey.fill(0)
    return undefined
  }

  async function openWith(
    used: Candidate,
    dataKey: Buffer,
    tries: readonly [Candidate, ...Candidate[]],
  ): Promise<Unwrapped | undefined> {
    let previous: Buffer | undefined
    try {
      const read = await readManifest(keychain, dataKey).catch((error: unknown) => {
        if (error instanceof KeyringError) return error
        throw error
      })
      if (read instanceof KeyringError) return await openAsNew(used, dataKey, tries, read)
      checkGeneration(read.manifest, used)
      if (read.manifest.resealing) previous = await readPrevious(keychain, dataKey)
      return { dataKey, ...(await finishChange(dataKey, used, read)), previous }
    } catch (error) {
      dataKey.fill(0)
      previous?.fill(0)
      throw error
    }
  }

  /** Whether the passphrase is the present one. @throws {KeyringError} where it opens something else */
  async function isCurrent(now: Period, passphrase: string): Promise<boolean> {
    await checkIsOwn(keychain, now)
    const text = await keychain.get(entryNames.wrap)
    if (text === undefined) throw new KeyringError('missing', entryNames.wrap)
    const wrap = parseWrap(text, entryNames.wrap, cost)
    await beforeTry()
    const unwrapped = await unwrap(wrap, passphrase)
    if (!unwrapped) return false
    const isOurs = !now.ended && timingSafeEqual(unwrapped, now.dataKey)
    unwrapped.fill(0)
    now.stillOpen()
    if (!isOurs) throw new KeyringError('tampered', entryNames.wrap)
    return true
  }

  /** Wraps the data key by another passphrase; no other entry is touched. */
  async function wrapAnew(now: Period, next: string): Promise<void> {
    const generation = now.manifest.counter + 1
    const wrap = await createWrap(next, cost, random, () => {
      now.stillOpen()
      return { key: now.dataKey, generation }
    })
    // Sealed beforehand, so that a lock in the middle can't leave the change half-done.
    const announced = { ...now.manifest, counter: generation, nextWrap: generation }
    const settled = { ...announced, wrap: generation, nextWrap: 0 }
    const manifestKey = now.keyFor('manifest')
    const before = sealManifest(manifestKey, announced, random)
    const after = sealManifest(manifestKey, settled, random)

    await checkIsOwn(keychain, now)
    await putManifest(keychain, now, before)
    await setSurely(keychain, entryNames.nextWrap, wrap.text)
    await setSurely(keychain, entryNames.wrap, wrap.text)
    await putManifest(keychain, now, after)
    await keychain.delete(entryNames.nextWrap)
  }

  return {
    async exists() {
      const wrap = (await keychain.get(entryNames.wrap)) ?? (await keychain.get(entryNames.nextWrap))
      return wrap !== undefined
    },

    async create(passphrase) {
      const dataKey = random(32)
      try {
        const wrap = await createWrap(passphrase, cost, random, () => ({
          key: dataKey,
          generation: newManifest.wrap,
        }))
        const stored = sealManifestWith(dataKey, newManifest, random)
        await setSurely(keychain, entryNames.manifest, stored.text)
        // Last: until it is there, no passphrase has been chosen.
        await setSurely(keychain, entryNames.wrap, wrap.text)
        return { dataKey, ...stored }
      } catch (error) {
        dataKey.fill(0)
        throw error
      }
    },

    async open(passphrase) {
      const tries = await candidates()
      await beforeTry()
      for (const used of tries) {
        const dataKey = await unwrap(used.wrap, passphrase)
        if (dataKey) return openWith(used, dataKey, tries)
      }
      return undefined
    },

    async change(now, current, next, options) {
      // The one entry for a key before holds the one of the last change still.
      if (options.replaceKey && now.manifest.resealing) throw new KeyringError('resealing')
      if (!(await isCurrent(now, current))) return 'wrong-passphrase'
      await (options.replaceKey ? replaceKey(ports, now, next) : wrapAnew(now, next))
      return 'changed'
    },
  }
}
