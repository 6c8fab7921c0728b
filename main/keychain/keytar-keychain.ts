import { type Keychain, KeychainError, keychainValueMaxBytes } from './keychain.ts'
import { keychainError, keychainLibraryMissing, keychainTimedOut } from './keychain-help.ts'

/** The part of keytar that is used. */
export interface Keytar {
  getPassword(service: string, account: string): Promise<string | null>
  setPassword(service: string, account: string, password: string): Promise<void>
  deletePassword(service: string, account: string): Promise<boolean>
  findCredentials(service: string): Promise<readonly { account: string }[]>
}

export interface KeytarKeychainOptions {
  /** The name that the entries are filed under; another one keeps tests and development apart. */
  readonly service?: string
  /** How long one answer may take, in milliseconds: long enough for a person to unlock the keyring. */
  readonly timeoutMs?: number
  readonly platform?: NodeJS.Platform
  /** Loads the native library, once, at the first call. */
  readonly load?: () => Promise<Keytar>
}

/** Calls that never answered each hold a thread of Node's pool of four, which scrypt needs too. */
const mostUnanswered = 2

const loadKeytar = async (): Promise<Keytar> => (await import('keytar')).default

/**
 * The operating system's keychain through keytar: Keychain on macOS, Credential Manager on Windows, a Secret
 * Service on Linux. It never falls back to a file (ARCHITECTURE.md, "Secrets and the lock").
 *
 * Calls about one account run one after the other, also past a time-out: a store that answers late can't
 * overwrite a newer one.
 *
 * Rejects with {@link KeychainError} for whatever the keychain or its library did not do, and with `TypeError`
 * for a value that is longer than {@link keychainValueMaxBytes} or not one line: gnome-keyring 50 damages its
 * file over a line break.
 */
export function createKeytarKeychain(options: KeytarKeychainOptions = {}): Keychain {
  const { service = 'Curfew', timeoutMs = 60_000, platform = process.platform, load = loadKeytar } = options
  const tails = new Map<string, Promise<unknown>>()
  let loading: Promise<Keytar> | undefined
  let unanswered = 0

  function keytar(): Promise<Keytar> {
    loading ??= load().catch((error: unknown) => {
      loading = undefined
      throw keychainLibraryMissing(platform, error)
    })
    return loading
  }

  function inTurn<T>(account: string, call: (keytar: Keytar) => Promise<T>): Promise<T> {
    const before = tails.get(account)
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    let calling = false
    let gaveUp = false

    async function run(): Promise<void> {
      await before
      if (gaveUp) return
      if (unanswered >= mostUnanswered) throw keychainTimedOut(platform)
      calling = true
      try {
        resolve(await call(await keytar()))
      } finally {
        calling = false
        if (gaveUp) unanswered -= 1
      }
    }

    const timer = setTimeout(() => {
      gaveUp = true
      if (calling) unanswered += 1
      reject(keychainTimedOut(platform))
    }, timeoutMs)
    const tail = run()
      .catch((error: unknown) =>
        reject(error instanceof KeychainError ? error : keychainError(platform, error)),
      )
      .finally(() => {
        clearTimeout(timer)
        if (tails.get(account) === tail) tails.delete(account)
      })
    tails.set(account, tail)
    return promise
  }

  return {
    async get(account) {
      return (await inTurn(account, (keychain) => keychain.getPassword(service, account))) ?? undefined
    },
    async set(account, value) {
      if (!/^[\x20-\x7e]+$/.test(value) || value.length > keychainValueMaxBytes) {
        throw new TypeError(
          `The keychain takes one line of at most ${keychainValueMaxBytes} plain characters.`,
        )
      }
      await inTurn(account, (keychain) => keychain.setPassword(service, account, value))
    },
    delete: (account) => inTurn(account, (keychain) => keychain.deletePassword(service, account)),
    async list() {
      const found = await inTurn('', (keychain) => keychain.findCredentials(service))
      return found.map(({ account }) => account)
    },
  }
}
