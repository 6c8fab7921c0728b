import type { Keychain } from '../keychain/keychain.ts'
import { entryNames } from './entry-names.ts'
import { KeyringError } from './keyring-error.ts'
import { checkIsOwn, putManifest, readManifest, sealManifest, sealManifestWith } from './manifest-entry.ts'
import type { ScryptCost } from './passphrase.ts'
import type { Period, StoredManifest, Unwrapped } from './period.ts'
import { deriveForPurpose, openBytes, type Random, sealBytes } from './seal.ts'
import { setSurely } from './set-surely.ts'
import { createWrap, type Wrap } from './wrap.ts'

const purpose = 'previous'

function sealPrevious(dataKey: Buffer, previous: Buffer, random: Random): string {
  const key = deriveForPurpose(dataKey, purpose)
  try {
    return sealBytes(key, purpose, '', previous, random)
  } finally {
    key.fill(0)
  }
}

/** The data key before, opened by the present one. @throws {KeyringError} naming what is wrong with its entry */
export async function readPrevious(keychain: Keychain, dataKey: Buffer): Promise<Buffer> {
  const entry = entryNames.previous
  const text = await keychain.get(entry)
  if (text === undefined) throw new KeyringError('missing', entry)
  const key = deriveForPurpose(dataKey, purpose)
  try {
    return openBytes(key, purpose, '', text, entry)
  } finally {
    key.fill(0)
  }
}

/**
 * Puts a new data key in the place of the period's, wrapped by a passphrase. The key before is sealed under the new one and
 * never the other way round: whoever knows the key before must not learn the new one from it.
 *
 * Up to the write of `keyring` the passphrase before opens everything as it was, and from then on only the new one does; the
 * next unlocking clears away or finishes what is left. Where it can't be told whether that write has happened, the period is
 * ended: only a passphrase tells which key is in force.
 */
export async function replaceKey(
  ports: { readonly keychain: Keychain; readonly random: Random; readonly cost: ScryptCost },
  now: Period,
  passphrase: string,
): Promise<void> {
  const { keychain, random, cost } = ports
  const dataKey = random(32)
  let mayBeInForce = false
  try {
    const generation = now.manifest.counter + 1
    const wrap = await createWrap(passphrase, cost, random, () => {
      now.stillOpen()
      return { key: dataKey, generation }
    })
    // Sealed beforehand, so that a lock in the middle can't leave the change half-done.
    now.stillOpen()
    const previous = sealPrevious(dataKey, now.dataKey, random)
    const manifest = { ...now.manifest, counter: generation, wrap: generation, nextWrap: 0, resealing: true }
    const stored = sealManifestWith(dataKey, manifest, random)
    await checkIsOwn(keychain, now)

    await setSurely(keychain, entryNames.previous, previous)
    await setSurely(keychain, entryNames.nextManifest, stored.text)
    await setSurely(keychain, entryNames.nextWrap, wrap.text)
    mayBeInForce = true
    await setSurely(keychain, entryNames.wrap, wrap.text)
    await setSurely(keychain, entryNames.manifest, stored.text)
    now.replaceKey(dataKey)
    now.wrote(stored)
  } catch (error) {
    dataKey.fill(0)
    if (mayBeInForce) now.end()
    throw error
  }
  // What is left of them is cleared away once everything is sealed anew, or by the next unlocking.
  for (const entry of [entryNames.nextWrap, entryNames.nextManifest])
    await keychain.delete(entry).catch(() => undefined)
}

/**
 * Finishes a replacing of the key that was interrupted once the new one was in force.
 *
 * @param used the wrap that has given the new data key
 * @param fault what is wrong with the manifest for the new key: thrown where no new key is the reason
 * @throws {KeyringError} naming the entry that was deleted, changed or exchanged
 */
export async function finishReplacing(
  keychain: Keychain,
  used: Wrap,
  dataKey: Buffer,
  fault: KeyringError,
): Promise<Unwrapped> {
  const entry = entryNames.nextManifest
  if ((await keychain.get(entry)) === undefined) throw fault
  const isNext = (await keychain.get(entryNames.nextWrap)) === used.text
  const stored = await readManifest(keychain, dataKey, entry).catch((error: unknown) => {
    // Not of this key: it may as well be what an earlier change has left.
    throw isNext ? error : fault
  })
  if (stored.manifest.wrap !== used.generation || !stored.manifest.resealing)
    throw new KeyringError('rolled-back', entry)
  const previous = await readPrevious(keychain, dataKey)
  try {
    // It is the one of the key before still, or was lost while it was being replaced.
    if (fault.fault !== 'missing') await readManifest(keychain, previous)
    await setSurely(keychain, entryNames.wrap, used.text)
    await setSurely(keychain, entryNames.manifest, stored.text)
    await keychain.delete(entryNames.nextWrap)
    await keychain.delete(entry)
    return { dataKey, ...stored, previous }
  } catch (error) {
    previous.fill(0)
    throw error
  }
}

/** Nothing is sealed under the key before any more: it is forgotten. */
export async function forgetPrevious(keychain: Keychain, now: Period, random: Random): Promise<void> {
  const settled: StoredManifest = sealManifest(
    now.keyFor('manifest'),
    { ...now.manifest, resealing: false },
    random,
  )
  await checkIsOwn(keychain, now)
  await putManifest(keychain, now, settled)
  now.dropPrevious()
  for (const entry of [entryNames.previous, entryNames.nextWrap, entryNames.nextManifest]) {
    if ((await keychain.get(entry)) !== undefined) await keychain.delete(entry)
  }
}
