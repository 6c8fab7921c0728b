import type { KeychainFault, LockState, Resealing } from '../../domain/lock.ts'
import type { After } from '../clock.ts'
import { type Keychain, KeychainError, probeKeychain } from '../keychain/keychain.ts'
import type { Keyring } from '../keyring/keyring.ts'
import type { Attempts } from './attempts.ts'
import { type Hooks, runHook } from './hooks.ts'
import type { IdleLock, IdleLockState } from './idle-lock.ts'

/** The lock as the window may know it: told, and looked at while the keychain can't be used. */
export interface LockStates {
  /** Never rejects: without a keychain it says so. */
  read(): Promise<LockState>
  /** Tells every listener how the idle lock stands. */
  tell(state: IdleLockState): void
  /** Reads the state, and tells it. */
  readAndTell(): Promise<void>
  /** Where unlocking failed for the keychain's sake, the window shows that in place of the lock until it is mended. */
  tellIfKeychainFails(): Promise<void>
  /** Whether no passphrase has been chosen yet, as far as is known. */
  isNew(): boolean
  /** A passphrase was chosen. */
  chosen(): void
  /** Whether there is a passphrase has to be found out anew. */
  unknown(): void
}

/** @param ports.listeners told every state */
export function createLockStates(ports: {
  readonly keychain: Keychain
  readonly keyring: Pick<Keyring, 'status'>
  readonly attempts: Pick<Attempts, 'load' | 'retryInMs'>
  readonly idle: () => Pick<IdleLock, 'check' | 'state'>
  readonly resealing: () => Resealing | undefined
  readonly after: After
  readonly listeners: Hooks<LockState>
  readonly log: (what: string, error: unknown) => void
}): LockStates {
  const { keychain, keyring, attempts, idle, log } = ports
  /** Whether a passphrase has been chosen, once that is known. */
  let known: 'new' | 'sealed' | undefined
  let stopLooking = () => {}

  function emit(state: LockState): void {
    for (const listener of ports.listeners) runHook(log, 'A listener to the lock', () => listener(state))
  }

  function toLockState(state: IdleLockState): LockState {
    const resealing = ports.resealing()
    if (state.status === 'unlocked') return resealing ? { ...state, resealing } : state
    return known === 'new' ? { status: 'new' } : { ...state, retryInMs: attempts.retryInMs() }
  }

  async function read(): Promise<LockState> {
    stopLooking()
    if (idle().check()) return toLockState(idle().state())
    try {
      if (known === undefined) {
        known = (await keyring.status()) === 'new' ? 'new' : 'sealed'
        // Before a passphrase is chosen for a keychain that then refuses to keep anything.
        if (known === 'new') await probeKeychain(keychain)
      }
      await attempts.load()
    } catch (error) {
      known = undefined
      if (!(error instanceof KeychainError)) throw error
      lookAgain(error.fault)
      return { status: 'no-keychain', fault: error.fault, help: error.message }
    }
    return toLockState(idle().state())
  }

  /** Waits until the keychain can be used, or something else is wrong with it, and tells the window then. */
  function lookAgain(fault: KeychainFault): void {
    stopLooking()
    stopLooking = ports.after(lookEveryMs, () => runHook(log, 'Looking at the keychain', () => look(fault)))
  }

  async function look(before: KeychainFault): Promise<void> {
    if (!keychain.look) return
    try {
      await keychain.look()
    } catch (error) {
      const fault = error instanceof KeychainError ? error.fault : before
      if (fault === before) {
        lookAgain(before)
        return
      }
    }
    const next = await read()
    if (next.status !== 'no-keychain' || next.fault !== before) emit(next)
  }

  async function readAndTell(): Promise<void> {
    emit(await read())
  }

  return {
    read,
    readAndTell,
    tell(state) {
      // Before it is known whether there is a passphrase at all, only `read` can answer.
      if (state.status === 'unlocked' || known !== undefined) emit(toLockState(state))
    },
    async tellIfKeychainFails() {
      try {
        await keychain.look?.()
      } catch {
        known = undefined
        await readAndTell()
      }
    },
    isNew: () => known === 'new',
    chosen() {
      known = 'sealed'
    },
    unknown() {
      known = undefined
    },
  }
}

/** How often a keychain that can't be used is looked at, in milliseconds. */
const lookEveryMs = 1000
