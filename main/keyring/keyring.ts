import { randomBytes } from 'node:crypto'
import type { Resealing } from '../../domain/lock.ts'
import type { Keychain } from '../keychain/keychain.ts'
import { createCredentialEntries } from './credential-entries.ts'
import { entryNames, instancePrefix } from './entry-names.ts'
import { KeyringError } from './keyring-error.ts'
import { defaultScryptCost, type ScryptCost } from './passphrase.ts'
import { beginPeriod, type Period, type Unwrapped } from './period.ts'
import { resealAll, type Sealed } from './reseal.ts'
import { type Random, sealText } from './seal.ts'
import { type ChangeOptions, createWrapEntries } from './wrap-entries.ts'

/** Seals and opens texts for one purpose, for example drafts or snapshots. */
export interface Box {
  /** One line. `associated` says what it belongs to; it opens only with the same. Throws while locked. */
  seal(text: string, associated: string): string
  /** Throws {@link KeyringError} while locked, and where the text is not what was sealed. */
  open(sealed: string, associated: string): string
}

/**
 * Makes a box.
 *
 * @param purpose lower-case letters and hyphens; another one than the keyring's own
 * @param sealed how all that the box has sealed is sealed anew: without it, nothing can be sealed
 */
export type MakeBox = (purpose: string, sealed: Sealed) => Box

/** The app's sealed set of secrets inside the operating system's keychain. */
export interface Keyring {
  /**
   * `new`: no passphrase has been chosen; `sealed`: there is one; `damaged`: there are entries, but the one
   * that holds the key has been deleted, and they can't be opened any more.
   *
   * @throws {KeychainError}
   */
  status(): Promise<'new' | 'sealed' | 'damaged'>
  readonly isOpen: boolean
  /** Chooses the passphrase and opens the keyring. @throws {KeyringError} `exists` */
  create(passphrase: string): Promise<Opening>
  /**
   * Opens the keyring. What a crash left half-done is finished or undone first.
   *
   * @throws {KeychainError}
   * @throws {KeyringError} naming the entry of the keyring that was deleted, changed or exchanged
   */
  unlock(passphrase: string): Promise<Opening | 'wrong-passphrase'>
  /** Forgets every key, at once; an opening that is under way comes to nothing. */
  seal(): void
  /**
   * Wraps the data key, or where it is asked for a new one, by another passphrase. Wherever it is interrupted, the current
   * passphrase or the next one opens the keyring. After a new one {@link reseal} is called for. Where it can't be told
   * which of two keys is in force, the keyring is sealed: the next unlocking finds out.
   *
   * @throws {KeyringError} `resealing` where a new key is asked for and the last one is not everywhere yet
   */
  changePassphrase(
    current: string,
    next: string,
    options: ChangeOptions,
  ): Promise<'changed' | 'wrong-passphrase'>
  /** Whether something may still be sealed under an earlier data key, which is kept for that. */
  readonly isResealing: boolean
  /**
   * Seals everything with the present data key that may still be sealed under the one before, then forgets that one. Wherever
   * it ends before, everything opens, and calling it again goes on.
   *
   * @param tell told before each step how far it has come
   * @throws {KeyringError} `locked` where the keyring is sealed meanwhile
   */
  reseal(tell: (progress: Resealing) => void): Promise<void>
  readonly credentials: {
    /** `undefined` where there is none. */
    read(instanceId: string): Promise<string | undefined>
    write(instanceId: string, value: string): Promise<void>
    delete(instanceId: string): Promise<void>
  }
  readonly box: MakeBox
  /** Deletes every entry of the keychain, open or not. An interrupted one is finished by `status`. */
  forgetEverything(): Promise<void>
}

/** `overtaken`: the passphrase was right, but the keyring was sealed again meanwhile. */
export type Opening = 'unlocked' | 'overtaken'

export interface KeyringOptions {
  readonly keychain: Keychain
  readonly random?: Random
  /**
   * Called before a passphrase is tried, when everything that is needed for it was read; what it rejects with, is
   * thrown, and nothing is tried. Left out, nobody counts.
   */
  readonly beforeTry?: () => Promise<void>
  /** Only tests have a reason to give another one. */
  readonly scryptCost?: ScryptCost
}

const ownPurposes: readonly string[] = ['keyring', 'manifest', 'credentials', 'previous']

/**
 * Creates the keyring (ARCHITECTURE.md, "Secrets and the lock"): the passphrase unwraps one random data key,
 * from which a key for each purpose is derived; the keychain holds only what was sealed by them, one line an
 * instance, and a manifest that tells a changed, exchanged or earlier entry from the right one.
 */
export function createKeyring(options: KeyringOptions): Keyring {
  const { keychain, random = randomBytes, scryptCost = defaultScryptCost } = options
  const { beforeTry = async () => {} } = options
  const wraps = createWrapEntries({ keychain, random, cost: scryptCost, beforeTry })
  const entries = createCredentialEntries(keychain, random)
  let period: Period | undefined
  const boxes: Sealed[] = []
  let sealings = 0
  let last: Promise<unknown> = Promise.resolve()

  /** One thing at a time: an entry and its place in the manifest must not be written by two. */
  function exclusive<T>(action: () => Promise<T>): Promise<T> {
    const result = last.then(action)
    last = result.catch(() => undefined)
    return result
  }

  function open(): Period {
    if (!period || period.ended) throw new KeyringError('locked')
    return period
  }

  function seal(): void {
    sealings += 1
    period?.end()
    period = undefined
  }

  function begin(unwrapped: Unwrapped, sealingsBefore: number): Opening {
    if (sealings !== sealingsBefore) {
      unwrapped.dataKey.fill(0)
      unwrapped.previous?.fill(0)
      return 'overtaken'
    }
    period?.end()
    period = beginPeriod(unwrapped)
    return 'unlocked'
  }

  const status: Keyring['status'] = async () => {
    if ((await keychain.get(entryNames.forgetting)) !== undefined) await deleteAll(keychain)
    if (await wraps.exists()) return 'sealed'
    const accounts = await keychain.list()
    return accounts.some((account) => account.startsWith(instancePrefix)) ? 'damaged' : 'new'
  }

  return {
    status: () => exclusive(status),
    get isOpen() {
      return period !== undefined && !period.ended
    },
    get isResealing() {
      return period !== undefined && !period.ended && period.manifest.resealing
    },
    create(passphrase) {
      const before = sealings
      return exclusive(async () => {
        if ((await status()) !== 'new') throw new KeyringError('exists')
        return begin(await wraps.create(passphrase), before)
      })
    },
    unlock(passphrase) {
      const before = sealings
      return exclusive(async () => {
        const unwrapped = await wraps.open(passphrase)
        return unwrapped ? begin(unwrapped, before) : 'wrong-passphrase'
      })
    },
    seal,
    changePassphrase: (current, next, options) =>
      exclusive(async () => wraps.change(open(), current, next, options)),
    async reseal(tell) {
      const now = open()
      if (now.manifest.resealing) await resealAll({ keychain, random, boxes, exclusive }, now, tell)
    },
    credentials: {
      read: async (id) => exclusive(async () => entries.read(open(), checkId(id))),
      write: async (id, value) => exclusive(async () => entries.write(open(), checkId(id), value)),
      delete: async (id) => exclusive(async () => entries.delete(open(), checkId(id))),
    },
    box(purpose, sealed) {
      if (!/^[a-z-]{1,32}$/.test(purpose) || ownPurposes.includes(purpose)) {
        throw new TypeError(`“${purpose}” can’t be a purpose.`)
      }
      boxes.push(sealed)
      return {
        seal: (text, associated) => sealText(open().keyFor(purpose), purpose, associated, text, random),
        open: (text, associated) => open().openText(purpose, associated, text, purpose),
      }
    },
    forgetEverything() {
      seal()
      return exclusive(() => deleteAll(keychain))
    },
  }
}

/** The wraps first: without them nothing else can be opened any more. The marker last: it says that work is left. */
async function deleteAll(keychain: Keychain): Promise<void> {
  await keychain.set(entryNames.forgetting, 'everything')
  await keychain.delete(entryNames.wrap)
  await keychain.delete(entryNames.nextWrap)
  for (const account of await keychain.list()) {
    if (account !== entryNames.forgetting) await keychain.delete(account)
  }
  await keychain.delete(entryNames.forgetting)
}

/** Whatever is asked for by a name of the keyring's own, or by none, is a bug. */
function checkId(id: string): string {
  if (!/^[A-Za-z0-9-]{1,64}$/.test(id)) throw new TypeError('An instance id has letters, digits and hyphens.')
  return id
}
