import { KeyringError } from './keyring-error.ts'
import type { Manifest } from './manifest.ts'
import { deriveForPurpose } from './seal.ts'

/** One unlocked period: its keys, and the manifest as it is in the keychain. Nothing of the keys outlives `end`. */
export interface Period {
  readonly dataKey: Buffer
  manifest: Manifest
  readonly ended: boolean
  /** The key of one purpose. @throws {KeyringError} `locked` once the period has ended */
  keyFor(purpose: string): Buffer
  /** For what has waited: an answer that comes after the period is not to be used. @throws {KeyringError} `locked` */
  stillOpen(): void
  /** Overwrites every key with zeros. */
  end(): void
}

/** Begins a period; the data key belongs to it from now on. */
export function beginPeriod(dataKey: Buffer, manifest: Manifest): Period {
  const keys = new Map<string, Buffer>()
  let ended = false

  function stillOpen(): void {
    if (ended) throw new KeyringError('locked')
  }

  return {
    dataKey,
    manifest,
    get ended() {
      return ended
    },
    stillOpen,
    keyFor(purpose) {
      stillOpen()
      let key = keys.get(purpose)
      if (!key) {
        key = deriveForPurpose(dataKey, purpose)
        keys.set(purpose, key)
      }
      return key
    },
    end() {
      ended = true
      dataKey.fill(0)
      for (const key of keys.values()) key.fill(0)
      keys.clear()
    },
  }
}
