import { type Keychain, KeychainError, keychainValueMaxBytes } from './keychain.ts'
import { keychainError, keychainLibraryMissing, keychainLocked, keychainTimedOut } from './keychain-help.ts'
import { createSecretService, type SecretService } from './secret-service.ts'

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
  /** What is looked at on Linux, where keytar's *not there* may mean *locked*. */
  readonly secretService?: SecretService
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
 *
 * On Linux keytar answers *not there* for what is locked, its `findCredentials` ends the process there, and most of
 * its calls have the system ask for a password. So the Secret Service is looked at first, and keytar is called only
 * for what is open.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: the turns, the time limits and the count of unanswered calls share their variables.
export function createKeytarKeychain(options: KeytarKeychainOptions = {}): Keychain {
  const { service = 'Curfew', timeoutMs = 60_000, platform = process.platform, load = loadKeytar } = options
  const secretService =
    platform === 'linux' ? (options.secretService ?? createSecretService(timeoutMs)) : undefined
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

  /** The open entries; `undefined` where that can't be told, and need not be. @throws {KeychainError} `locked` */
  async function openEntries(account?: string): Promise<readonly string[] | undefined> {
    if (!secretService) return undefined
    const { open, isLocked } = await secretService.stand(service, account)
    // Some services find nothing in what is locked.
    if (isLocked || (open.length === 0 && (await secretService.isDefaultLocked())))
      throw keychainLocked(platform)
    return open
  }

  const isThere = async (account: string) => (await openEntries(account))?.length !== 0

  return {
    async get(account) {
      const value = await inTurn(account, async (keychain) => {
        if (!(await isThere(account))) return undefined
        const password = (await keychain.getPassword(service, account)) ?? undefined
        if (password !== undefined || !secretService) return password
        // Gone or locked just now; or it is no text, and none of Curfew's.
        return (await isThere(account)) ? '' : undefined
      })
      return value
    },
    async set(account, value) {
      if (!/^[\x20-\x7e]+$/.test(value) || value.length > keychainValueMaxBytes) {
        throw new TypeError(
          `The keychain takes one line of at most ${keychainValueMaxBytes} plain characters.`,
        )
      }
      await inTurn(account, async (keychain) => {
        await openEntries(account)
        await keychain.setPassword(service, account, value)
      })
    },
    delete: (account) =>
      inTurn(account, async (keychain) => {
        if (!(await isThere(account))) return false
        if (await keychain.deletePassword(service, account)) return true
        if (secretService && (await isThere(account))) throw new Error('it was not deleted')
        return false
      }),
    list: () =>
      inTurn('', async (keychain) => {
        const open = await openEntries()
        if (secretService && open) return secretService.accounts(open)
        return (await keychain.findCredentials(service)).map(({ account }) => account)
      }),
    async open() {
      await inTurn('', async (keychain) => {
        // Asks where one of Curfew's entries is locked …
        await keychain.getPassword(service, 'keyring')
        // … and this where nothing is found before that.
        if (!(await secretService?.isDefaultLocked())) return
        await keychain.setPassword(service, 'probe', 'probe')
        await keychain.deletePassword(service, 'probe')
      }).catch((error: unknown) => {
        if (!(error instanceof KeychainError && error.fault === 'locked')) throw error
      })
    },
    ...(secretService && {
      look: () =>
        inTurn('', async () => {
          await openEntries()
          if (await secretService.isDefaultLocked()) throw keychainLocked(platform)
        }),
    }),
  }
}
