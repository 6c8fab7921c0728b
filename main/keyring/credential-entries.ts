import { type Keychain, keychainValueMaxBytes } from '../keychain/keychain.ts'
import { entryNames, instancePrefix } from './entry-names.ts'
import { KeyringError } from './keyring-error.ts'
import { announce, generationOf, settle } from './manifest.ts'
import { checkIsOwn, putManifest, sealManifest } from './manifest-entry.ts'
import type { Period } from './period.ts'
import { type Random, sealText } from './seal.ts'

/** What the instances' passwords are sealed for. */
export const credentialsPurpose = 'credentials'
const purpose = credentialsPurpose

/** The ids of all the instances' entries, also of those that nothing belongs to any more. */
export async function idsOf(keychain: Keychain): Promise<readonly string[]> {
  const accounts = await keychain.list()
  return accounts
    .filter((account) => account.startsWith(instancePrefix))
    .map((account) => account.slice(instancePrefix.length))
}

/** The instances' entries. Calls must come one after the other: each goes with the manifest's step. */
export interface CredentialEntries {
  /** `undefined` where there is none. @throws {KeyringError} naming what is wrong with the entry */
  read(now: Period, id: string): Promise<string | undefined>
  /** Ends well also where the period ends in the middle. @throws {KeyringError} `too-long` or `full` */
  write(now: Period, id: string, value: string): Promise<void>
  delete(now: Period, id: string): Promise<void>
}

/**
 * One sealed entry an instance, kept in step with the manifest: a change is announced in the manifest, made, and
 * settled there, so that wherever it is interrupted the next look tells how far it came from an entry that was
 * exchanged.
 */
export function createCredentialEntries(keychain: Keychain, random: Random): CredentialEntries {
  /** The generation an entry really has (0: not there) and its text. @throws {KeyringError} naming the fault */
  async function readEntry(now: Period, id: string): Promise<{ generation: number; value: string }> {
    const entry = entryNames.instance(id)
    const sealed = await keychain.get(entry)
    now.stillOpen()
    if (sealed === undefined) return { generation: 0, value: '' }
    let text: string
    try {
      text = now.openText(purpose, id, sealed, entry)
    } catch (error) {
      const changed = error instanceof KeyringError && error.fault === 'tampered'
      if (changed && (await isOfAnother(now, sealed, id))) throw new KeyringError('swapped', entry)
      throw error
    }
    const space = text.indexOf(' ')
    return { generation: Number(text.slice(0, space)), value: text.slice(space + 1) }
  }

  /** Tells an exchanged entry from a changed one: only the former opens under another instance's id. */
  async function isOfAnother(now: Period, sealed: string, id: string): Promise<boolean> {
    const others = await idsOf(keychain)
    now.stillOpen()
    return others.some((other) => other !== id && opens(now, sealed, other))
  }

  /** Finds out how far a write or a deletion came that was announced and never settled. */
  async function settlePending(now: Period): Promise<void> {
    const { pending } = now.manifest
    if (!pending) return
    let found = -1
    try {
      found = (await readEntry(now, pending.id)).generation
    } catch (error) {
      if (!(error instanceof KeyringError) || error.fault === 'locked') throw error
    }
    // Neither of the two: the entry was tampered with, and `read` says so once it is compared with the newer one.
    const generation = found === pending.from ? pending.from : pending.to
    const settled = settle(now.manifest, generation)
    const stored = sealManifest(now.keyFor('manifest'), settled, random)
    await checkIsOwn(keychain, now)
    await putManifest(keychain, now, stored)
  }

  async function replace(now: Period, id: string, value: string | undefined): Promise<void> {
    await settlePending(now)
    const announced = announce(now.manifest, id, value === undefined ? 'delete' : 'write')
    const generation = announced.pending?.to ?? 0
    const settled = settle(announced, generation)
    const entry = entryNames.instance(id)
    // Sealed beforehand, so that a lock in the middle can't leave an entry without its place in the manifest.
    const manifestKey = now.keyFor('manifest')
    const before = sealManifest(manifestKey, announced, random)
    const after = sealManifest(manifestKey, settled, random)
    const sealed =
      value === undefined
        ? undefined
        : sealText(now.keyFor(purpose), purpose, id, `${generation} ${value}`, random)
    if (sealed && sealed.length > keychainValueMaxBytes) throw new KeyringError('too-long', entry)

    await checkIsOwn(keychain, now)
    await putManifest(keychain, now, before)
    if (sealed) await keychain.set(entry, sealed)
    else await keychain.delete(entry)
    await putManifest(keychain, now, after)
  }

  async function read(now: Period, id: string): Promise<string | undefined> {
    await settlePending(now)
    const { generation, value } = await readEntry(now, id)
    if (generation === generationOf(now.manifest, id)) return generation === 0 ? undefined : value
    const entry = entryNames.instance(id)
    if (generation === 0) throw new KeyringError('missing', entry)
    throw new KeyringError('rolled-back', generation > now.manifest.counter ? entryNames.manifest : entry)
  }

  return {
    async read(now, id) {
      try {
        return await read(now, id)
      } catch (error) {
        // What another Curfew has written since is not called foul.
        if (error instanceof KeyringError && !now.ended) await checkIsOwn(keychain, now)
        throw error
      }
    },
    write: (now, id, value) => replace(now, id, value),
    delete: (now, id) => replace(now, id, undefined),
  }
}

function opens(now: Period, sealed: string, id: string): boolean {
  try {
    now.openText(purpose, id, sealed, '')
    return true
  } catch {
    return false
  }
}
