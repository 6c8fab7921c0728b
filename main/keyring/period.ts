import { KeyringError } from './keyring-error.ts'
import type { Manifest } from './manifest.ts'
import { deriveForPurpose, openText } from './seal.ts'

/** The manifest, and the text that it is in the keychain. */
export interface StoredManifest {
  readonly manifest: Manifest
  readonly text: string
}

/** What a passphrase has opened: the data key, and the manifest that goes with it. */
export interface Unwrapped extends StoredManifest {
  /** The receiver's to clear. */
  readonly dataKey: Buffer
  /** The data key before, while something may still be sealed under it; the receiver's to clear too. */
  readonly previous?: Buffer | undefined
}

/** One unlocked period: its keys, and the manifest as it is in the keychain. Nothing of the keys outlives `end`. */
export interface Period {
  readonly dataKey: Buffer
  readonly manifest: Manifest
  readonly ended: boolean
  /** The key of one purpose, to seal with. @throws {KeyringError} `locked` once the period has ended */
  keyFor(purpose: string): Buffer
  /** The same of the data key before, while there is one. @throws {KeyringError} `locked` */
  previousKeyFor(purpose: string): Buffer | undefined
  /** Opens what is sealed under the data key or under the one before. @throws {KeyringError} naming what is wrong */
  openText(purpose: string, associated: string, sealed: string, entry: string): string
  /** For what has waited: an answer that comes after the period is not to be used. @throws {KeyringError} `locked` */
  stillOpen(): void
  /** Before a manifest is written, so that it counts as this period's also where writing it fails. */
  writing(text: string): void
  /** The manifest has been written. */
  wrote(stored: StoredManifest): void
  /** Whether a manifest found in the keychain is one that this period read or wrote. */
  isOwn(text: string): boolean
  /** Another data key is in force, and belongs to the period from now on; what is sealed under the one before still opens. */
  replaceKey(next: Buffer): void
  /** Nothing is sealed under the key before any more. */
  dropPrevious(): void
  /** Overwrites every key with zeros. */
  end(): void
}

/** A data key and the keys made from it. */
function createKeys(dataKey: Buffer) {
  const keys = new Map<string, Buffer>()
  return {
    dataKey,
    keyFor(purpose: string): Buffer {
      let key = keys.get(purpose)
      if (!key) {
        key = deriveForPurpose(dataKey, purpose)
        keys.set(purpose, key)
      }
      return key
    },
    clear() {
      dataKey.fill(0)
      for (const key of keys.values()) key.fill(0)
      keys.clear()
    },
  }
}

/** Begins a period; the keys belong to it from now on. */
export function beginPeriod(unwrapped: Unwrapped): Period {
  let present = createKeys(unwrapped.dataKey)
  let previous = unwrapped.previous && createKeys(unwrapped.previous)
  let { manifest } = unwrapped
  let own = new Set([unwrapped.text])
  let ended = false

  function stillOpen(): void {
    if (ended) throw new KeyringError('locked')
  }

  return {
    get dataKey() {
      return present.dataKey
    },
    get manifest() {
      return manifest
    },
    get ended() {
      return ended
    },
    stillOpen,
    keyFor(purpose) {
      stillOpen()
      return present.keyFor(purpose)
    },
    previousKeyFor(purpose) {
      stillOpen()
      return previous?.keyFor(purpose)
    },
    openText(purpose, associated, sealed, entry) {
      stillOpen()
      try {
        return openText(present.keyFor(purpose), purpose, associated, sealed, entry)
      } catch (error) {
        if (!(previous && error instanceof KeyringError && error.fault === 'tampered')) throw error
        return openText(previous.keyFor(purpose), purpose, associated, sealed, entry)
      }
    },
    writing(text) {
      own.add(text)
    },
    wrote(stored) {
      manifest = stored.manifest
      own = new Set([stored.text])
    },
    isOwn: (text) => own.has(text),
    replaceKey(next) {
      if (ended) {
        next.fill(0)
        return
      }
      previous = present
      present = createKeys(next)
    },
    dropPrevious() {
      previous?.clear()
      previous = undefined
    },
    end() {
      ended = true
      present.clear()
      previous?.clear()
      previous = undefined
    },
  }
}
