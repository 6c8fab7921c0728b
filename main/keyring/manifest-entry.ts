import { type Keychain, keychainValueMaxBytes } from '../keychain/keychain.ts'
import { entryNames } from './entry-names.ts'
import { KeyringError } from './keyring-error.ts'
import { decodeManifest, encodeManifest, type Manifest } from './manifest.ts'
import type { Period, StoredManifest } from './period.ts'
import { deriveForPurpose, openBytes, type Random, sealBytes } from './seal.ts'

const purpose = 'manifest'

/** @param key the one for the purpose `manifest` @throws {KeyringError} `full` */
export function sealManifest(key: Buffer, manifest: Manifest, random: Random): StoredManifest {
  const text = sealBytes(key, purpose, '', encodeManifest(manifest), random)
  if (text.length > keychainValueMaxBytes) throw new KeyringError('full')
  return { manifest, text }
}

/** {@link sealManifest} before there is a period to keep its key. */
export function sealManifestWith(dataKey: Buffer, manifest: Manifest, random: Random): StoredManifest {
  const key = deriveForPurpose(dataKey, purpose)
  try {
    return sealManifest(key, manifest, random)
  } finally {
    key.fill(0)
  }
}

/** Reads and opens the manifest, or the next one. @throws {KeyringError} naming what is wrong with it */
export async function readManifest(
  keychain: Keychain,
  dataKey: Buffer,
  entry: typeof entryNames.manifest | typeof entryNames.nextManifest = entryNames.manifest,
): Promise<StoredManifest> {
  const text = await keychain.get(entry)
  if (text === undefined) throw new KeyringError('missing', entry)
  const key = deriveForPurpose(dataKey, purpose)
  try {
    return { manifest: decodeManifest(openBytes(key, purpose, '', text, entry), entry), text }
  } finally {
    key.fill(0)
  }
}

/** Writes what was sealed for a period. It takes effect there once the keychain has it. */
export async function putManifest(keychain: Keychain, now: Period, stored: StoredManifest): Promise<void> {
  now.writing(stored.text)
  await keychain.set(entryNames.manifest, stored.text)
  now.wrote(stored)
}

/**
 * Makes sure, before something is written, that no other Curfew has changed the keyring since this one opened it: its
 * manifest would be lost, and with a new data key all that is sealed.
 *
 * @throws {KeyringError} `outdated`
 */
export async function checkIsOwn(keychain: Keychain, now: Period): Promise<void> {
  const text = await keychain.get(entryNames.manifest)
  if (text !== undefined && !now.isOwn(text)) throw new KeyringError('outdated', entryNames.manifest)
}
