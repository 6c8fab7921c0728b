import { type Keychain, keychainValueMaxBytes } from '../keychain/keychain.ts'
import { entryNames } from './entry-names.ts'
import { KeyringError } from './keyring-error.ts'
import { decodeManifest, encodeManifest, type Manifest } from './manifest.ts'
import { deriveForPurpose, openBytes, type Random, sealBytes } from './seal.ts'

const purpose = 'manifest'

/** @param key the one for the purpose `manifest` @throws {KeyringError} `full` */
export function sealManifest(key: Buffer, manifest: Manifest, random: Random): string {
  const text = sealBytes(key, purpose, '', encodeManifest(manifest), random)
  if (text.length > keychainValueMaxBytes) throw new KeyringError('full')
  return text
}

/** {@link sealManifest} before there is a period to keep its key. */
export function sealManifestWith(dataKey: Buffer, manifest: Manifest, random: Random): string {
  const key = deriveForPurpose(dataKey, purpose)
  try {
    return sealManifest(key, manifest, random)
  } finally {
    key.fill(0)
  }
}

/** Reads and opens the manifest. @throws {KeyringError} naming what is wrong with it */
export async function readManifest(keychain: Keychain, dataKey: Buffer): Promise<Manifest> {
  const entry = entryNames.manifest
  const text = await keychain.get(entry)
  if (text === undefined) throw new KeyringError('missing', entry)
  const key = deriveForPurpose(dataKey, purpose)
  try {
    return decodeManifest(openBytes(key, purpose, '', text, entry), entry)
  } finally {
    key.fill(0)
  }
}
