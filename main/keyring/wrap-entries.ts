import { timingSafeEqual } from 'node:crypto'
import { type Keychain, KeychainError } from '../keychain/keychain.ts'
import { entryNames } from './entry-names.ts'
import { KeyringError } from './keyring-error.ts'
import { type Manifest, newManifest } from './manifest.ts'
import { readManifest, sealManifest, sealManifestWith } from './manifest-entry.ts'
import type { ScryptCost } from './passphrase.ts'
import type { Period } from './period.ts'
import type { Random } from './seal.ts'
import { createWrap, parseWrap, unwrap, type Wrap } from './wrap.ts'

/** A data key that was unwrapped, and the manifest that goes with it. */
export interface Unwrapped {
  /** The receiver's to clear. */
  readonly dataKey: Buffer
  readonly manifest: Manifest
}

/** The data key's wraps in the keychain: the one in force, and the next one while the passphrase is changed. */
export interface WrapEntries {
  exists(): Promise<boolean>
  /** Makes a data key and wraps it. */
  create(passphrase: string): Promise<Unwrapped>
  /** `undefined` where the passphrase is wrong. Finishes or undoes what an interrupted change has left. */
  open(passphrase: string): Promise<Unwrapped | undefined>
  change(now: Period, current: string, next: string): Promise<'changed' | 'wrong-passphrase'>
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

  /** Stores a value and makes sure that the keychain has kept it. */
  async function setSurely(account: string, value: string): Promise<void> {
    await keychain.set(account, value)
    if ((await keychain.get(account)) !== value) {
      throw new KeychainError('The system’s keychain does not keep what Curfew stores in it.')
    }
  }

  /** The wraps in the keychain, in the order to try them: two only where a passphrase change was interrupted. */
  async function candidates(): Promise<readonly [Candidate, ...Candidate[]]> {
    let fault = new KeyringError('missing', entryNames.wrap)
    const found: Candidate[] = []
    for (const entry of [entryNames.wrap, entryNames.nextWrap]) {
      const text = await keychain.get(entry)
      if (text === undefined) continue
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
  async function finishChange(dataKey: Buffer, used: Candidate, manifest: Manifest): Promise<Manifest> {
    const settled = { ...manifest, wrap: used.wrap.generation, nextWrap: 0 }
    const text = sealManifestWith(dataKey, settled, random)
    if (used.entry === entryNames.nextWrap) await setSurely(entryNames.wrap, used.wrap.text)
    await keychain.delete(entryNames.nextWrap)
    await keychain.set(entryNames.manifest, text)
    return settled
  }

  async function openWith(used: Candidate, dataKey: Buffer, isOnly: boolean): Promise<Unwrapped> {
    try {
      const manifest = await readManifest(keychain, dataKey)
      checkGeneration(manifest, used)
      const interrupted = manifest.nextWrap !== 0 || !isOnly || used.entry !== entryNames.wrap
      return { dataKey, manifest: interrupted ? await finishChange(dataKey, used, manifest) : manifest }
    } catch (error) {
      dataKey.fill(0)
      throw error
    }
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
        await setSurely(entryNames.manifest, sealManifestWith(dataKey, newManifest, random))
        // Last: until it is there, no passphrase has been chosen.
        await setSurely(entryNames.wrap, wrap.text)
        return { dataKey, manifest: newManifest }
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
        if (dataKey) return openWith(used, dataKey, tries.length === 1)
      }
      return undefined
    },

    async change(now, current, next) {
      const text = await keychain.get(entryNames.wrap)
      if (text === undefined) throw new KeyringError('missing', entryNames.wrap)
      const wrapNow = parseWrap(text, entryNames.wrap, cost)
      await beforeTry()
      const unwrapped = await unwrap(wrapNow, current)
      if (!unwrapped) return 'wrong-passphrase'
      const isOurs = !now.ended && timingSafeEqual(unwrapped, now.dataKey)
      unwrapped.fill(0)
      now.stillOpen()
      if (!isOurs) throw new KeyringError('tampered', entryNames.wrap)

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

      await keychain.set(entryNames.manifest, before)
      now.manifest = announced
      await setSurely(entryNames.nextWrap, wrap.text)
      await setSurely(entryNames.wrap, wrap.text)
      await keychain.set(entryNames.manifest, after)
      now.manifest = settled
      await keychain.delete(entryNames.nextWrap)
      return 'changed'
    },
  }
}
