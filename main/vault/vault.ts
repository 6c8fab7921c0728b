import type { KeychainFault, LockReason, LockState } from '../../domain/lock.ts'
import { fail, type Outcome, type Problem, succeed } from '../../domain/problem.ts'
import type { PassphraseChange, PassphraseVerdict, UnlockResult } from '../../preload/contract/lock.ts'
import type { After, Clock } from '../clock.ts'
import { type Keychain, KeychainError, probeKeychain } from '../keychain/keychain.ts'
import { type Box, createKeyring } from '../keyring/keyring.ts'
import type { ScryptCost } from '../keyring/passphrase.ts'
import { lockedProblem } from '../while-unlocked.ts'
import { type Attempt, attemptsInKeychain, createAttempts, type SmallStore } from './attempts.ts'
import { type ClipboardPort, createClipboardGuard } from './clipboard-guard.ts'
import { createDrafts, type Drafts } from './drafts.ts'
import { createIdleLock, type IdleLockState, type LockEvent, type LockSettings } from './idle-lock.ts'
import { passphraseFault, ratePassphrase } from './passphrase-rule.ts'
import { outcomeOf, unlockedProblem } from './problems.ts'

export interface VaultPorts {
  readonly keychain: Keychain
  readonly clock: Clock
  readonly after: After
  /** Where the count of wrong passphrases is kept besides the keychain: a file beside the settings. */
  readonly attemptsStore: SmallStore
  /** The settings in force, an administrator's applied. Asked at every check. */
  readonly settings: () => LockSettings
  /** What whoever has the keychain reads beside it, and would try first: names of instances, addresses, accounts. */
  readonly knownWords: () => readonly string[]
  readonly clipboard?: ClipboardPort
  /** Told whether the clipboard may still hold what Curfew copied, when that is another. */
  readonly onClipboard?: (ours: boolean) => void
  /** Told what failed on the side. Never anything secret. */
  readonly log: (what: string, error: unknown) => void
  /** Only tests have a reason to give another one. */
  readonly scryptCost?: ScryptCost
}

type Refusal = Exclude<UnlockResult, { outcome: 'unlocked' }>

type Unsubscribe = () => void

/** The app's own guard and what it guards: the one thing of this folder that the rest of main uses. */
export interface Vault {
  /** The lock as the window may know it. Never rejects: without a keychain it says so. */
  state(): Promise<LockState>
  /** Told every change between locked and unlocked, and of the deadline; the rest is for `state` to answer. */
  onState(listener: (state: LockState) => void): Unsubscribe
  /** Chooses the passphrase, at the first run, and unlocks. */
  setUp(passphrase: string): Promise<Outcome<undefined>>
  /** What would come of choosing it, by the same rule. Refused while there is a passphrase and it is locked. */
  ratePassphrase(candidate: string): Promise<Outcome<PassphraseVerdict>>
  /** Refused while unlocked, whatever the passphrase: nothing is tried then, and no count ends. */
  unlock(passphrase: string): Promise<Outcome<UnlockResult>>
  /** Has the system ask the person to unlock its keychain; ends well also where nobody did. */
  openKeychain(): Promise<Outcome<undefined>>
  /** Locks at once. Nothing can keep it from happening; locked already, it does nothing. */
  lock(reason: LockReason): void
  /** Input in Curfew's own window. */
  activity(): void
  happened(event: LockEvent): void
  /** How long the whole computer has had no input, in milliseconds. */
  systemIdle(milliseconds: number): void
  /** Whether the app is unlocked right now; asking locks it if that is due. */
  isUnlocked(): boolean
  /** The number of the present unlocked period, or `undefined` while locked; asking locks if that is due. */
  unlockedPeriod(): number | undefined
  /** Aborted when the present unlocked period ends; aborted already while locked. */
  readonly signal: AbortSignal
  /** The instances' passwords, sealed in the keychain. A foul entry is named, as `password-needed`. */
  readonly credentials: {
    read(instanceId: string): Promise<Outcome<string>>
    write(instanceId: string, value: string): Promise<Outcome<undefined>>
    delete(instanceId: string): Promise<Outcome<undefined>>
  }
  /** Seals other things, for example snapshots. Throws `KeyringError` while locked. */
  box(purpose: string): Box
  readonly drafts: Drafts
  /** Resolves when the last lock has cleared the clipboard of what Curfew put there. */
  clipboardCleared(): Promise<void>
  /** Copies to the clipboard; cleared at the lock, unless something else was copied by then. */
  copy(text: string): Promise<void>
  changePassphrase(current: string, next: string): Promise<Outcome<PassphraseChange>>
  /** Locks, deletes everything from the keychain, then has the caches deleted. Also for who forgot the passphrase. */
  forgetEverything(): Promise<Outcome<undefined>>
  /** Hooks run in the order they were added. What one throws or rejects with goes to the log. */
  onUnlocked(hook: (period: number) => void | Promise<void>): Unsubscribe
  /** After the keys are gone and the signal is aborted. Nothing waits for what a hook leaves running. */
  onLocked(hook: (reason: LockReason) => void | Promise<void>): Unsubscribe
  /** Deletes what is kept outside the keychain. Waited for. */
  onForget(hook: () => void | Promise<void>): Unsubscribe
}

/** Puts the keyring, the passphrase's delays and the idle lock together (ARCHITECTURE.md, "Secrets and the lock"). */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: the order in which locking and unlocking act on keyring, delays and hooks is read together.
export function createVault(ports: VaultPorts): Vault {
  const { keychain, clock, log } = ports
  const attempts = createAttempts({ clock, stores: [ports.attemptsStore, attemptsInKeychain(keychain)] })
  const keyring = createKeyring({
    keychain,
    beforeTry: attempts.count,
    ...(ports.scryptCost && { scryptCost: ports.scryptCost }),
  })
  const clipboard =
    ports.clipboard &&
    createClipboardGuard({
      clipboard: ports.clipboard,
      clock,
      after: ports.after,
      onChange: (ours) => run('A listener to the clipboard', () => ports.onClipboard?.(ours)),
      onFault: (error) => log('Clearing the clipboard failed; it is tried again', error),
    })
  let clearing = Promise.resolve()
  const listeners = new Set<(state: LockState) => void>()
  const unlockedHooks = new Set<(period: number) => void | Promise<void>>()
  const lockedHooks = new Set<(reason: LockReason) => void | Promise<void>>()
  const forgetHooks = new Set<() => void | Promise<void>>()
  let period = 0
  let controller = new AbortController()
  controller.abort()
  /** Whether a passphrase has been chosen, once that is known. */
  let known: 'new' | 'sealed' | undefined
  let stopLooking = () => {}

  const idle = createIdleLock({
    clock,
    after: ports.after,
    settings: ports.settings,
    onLock(reason) {
      keyring.seal()
      controller.abort()
      for (const hook of lockedHooks) run('A hook of the lock', () => hook(reason))
      if (clipboard) clearing = attempt('Clearing the clipboard', () => clipboard.clearIfOurs())
    },
    onChange(state) {
      // Before it is known whether there is a passphrase at all, only `state` can answer.
      if (state.status === 'unlocked' || known !== undefined) emit(toLockState(state))
    },
  })

  /** Does what may fail without holding up the rest; resolves when it is done. */
  async function attempt(what: string, action: () => void | Promise<void>): Promise<void> {
    try {
      await action()
    } catch (error) {
      log(`${what} failed`, error)
    }
  }
  const run = (what: string, action: () => void | Promise<void>) => void attempt(what, action)

  function emit(state: LockState): void {
    for (const listener of listeners) run('A listener to the lock', () => listener(state))
  }

  function toLockState(state: IdleLockState): LockState {
    if (state.status === 'unlocked') return state
    return known === 'new' ? { status: 'new' } : { ...state, retryInMs: attempts.retryInMs() }
  }

  async function state(): Promise<LockState> {
    stopLooking()
    if (idle.check()) return toLockState(idle.state())
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
    return toLockState(idle.state())
  }

  /** Waits until the keychain can be used, or something else is wrong with it, and tells the window then. */
  function lookAgain(fault: KeychainFault): void {
    stopLooking()
    stopLooking = ports.after(lookEveryMs, () => run('Looking at the keychain', () => look(fault)))
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
    const next = await state()
    if (next.status !== 'no-keychain' || next.fault !== before) emit(next)
  }

  async function tellState(): Promise<void> {
    emit(await state())
  }

  /** Where unlocking failed for the keychain's sake, the window shows that in place of the lock until it is mended. */
  async function tellIfKeychainFails(): Promise<void> {
    try {
      await keychain.look?.()
    } catch {
      known = undefined
      await tellState()
    }
  }

  /** The keyring has just been opened: the lock opens too, unless something has called for it meanwhile. */
  function open(opening: ReturnType<typeof idle.begin>): boolean {
    period += 1
    controller = new AbortController()
    if (!idle.open(opening)) {
      keyring.seal()
      controller.abort()
      return false
    }
    const opened = period
    for (const hook of unlockedHooks) run('A hook of unlocking', () => hook(opened))
    return true
  }

  async function setUp(passphrase: string): Promise<Outcome<undefined>> {
    const fault = await passphraseFault(passphrase, ports.knownWords())
    if (fault) return fault
    const chosen = await outcomeOf('keyring', async () => {
      const opening = idle.begin()
      const result = await keyring.create(passphrase)
      known = 'sealed'
      if (result === 'unlocked') open(opening)
      await attempts.reset().catch((error: unknown) => log('Storing the count of tries failed', error))
      return undefined
    })
    if (!chosen.ok) await tellIfKeychainFails()
    return chosen
  }

  async function rate(candidate: string): Promise<Outcome<PassphraseVerdict>> {
    const mayAsk = () => idle.check() || known === 'new'
    if (!mayAsk()) return fail(lockedProblem)
    const { score, fault } = await ratePassphrase(candidate, ports.knownWords())
    if (!mayAsk()) return fail(lockedProblem)
    return succeed({ score, ...(fault && { fault: fault.message }) })
  }

  async function unlock(passphrase: string): Promise<Outcome<UnlockResult>> {
    if (idle.check()) return fail(unlockedProblem)
    let missed: Problem | undefined
    const tried = await outcomeOf('keyring', () =>
      attempts.attempt(async () => {
        // Another attempt, which this one has waited for, may have unlocked it. Nothing is tried then.
        if (idle.check()) {
          missed = unlockedProblem
          return 'right'
        }
        const opening = idle.begin()
        const result = await keyring.unlock(passphrase)
        if (result === 'wrong-passphrase') return 'wrong'
        if (result === 'unlocked' && open(opening)) return 'unlocked'
        missed = lockedProblem
        return 'right'
      }),
    )
    if (!tried.ok) {
      await tellIfKeychainFails()
      return tried
    }
    if (missed) return fail(missed)
    if (tried.value.outcome === 'wrong') emit(toLockState(idle.state()))
    return succeed(tried.value.outcome === 'right' ? { outcome: 'unlocked' } : refusal(tried.value))
  }

  async function changePassphrase(current: string, next: string): Promise<Outcome<PassphraseChange>> {
    const fault = idle.check() ? await passphraseFault(next, ports.knownWords()) : undefined
    if (fault) return fault
    if (!idle.check()) return fail(lockedProblem)
    const tried = await outcomeOf('keyring', () =>
      attempts.attempt(async () =>
        (await keyring.changePassphrase(current, next)) === 'changed' ? 'right' : 'wrong',
      ),
    )
    if (!tried.ok) return tried
    return succeed(tried.value.outcome === 'right' ? { outcome: 'changed' } : refusal(tried.value))
  }

  async function forgetEverything(): Promise<Outcome<undefined>> {
    idle.lock('manual')
    drafts.clear()
    const forgotten = await outcomeOf('keyring', () => keyring.forgetEverything())
    known = undefined
    if (!forgotten.ok) return forgotten
    const left: unknown[] = []
    for (const hook of forgetHooks) {
      try {
        await hook()
      } catch (error) {
        log('Deleting what is cached failed', error)
        left.push(error)
      }
    }
    await attempts.reset().catch((error: unknown) => log('Storing the count of tries failed', error))
    // The count's plain entry, which a reset has just written again.
    const last = await outcomeOf('keyring', () => keyring.forgetEverything())
    if (!last.ok) return last
    emit(await state())
    return left.length === 0 ? succeed(undefined) : fail(cacheProblem)
  }

  /** Every use of a secret is a privileged call: the deadline is compared first. */
  function guarded<T>(action: () => Promise<T>): Promise<Outcome<T>> {
    return idle.check() ? outcomeOf('instance', action) : Promise.resolve(fail(lockedProblem))
  }

  function box(purpose: string): Box {
    const inner = keyring.box(purpose)
    return {
      seal(text, associated) {
        idle.check()
        return inner.seal(text, associated)
      },
      open(sealed, associated) {
        idle.check()
        return inner.open(sealed, associated)
      },
    }
  }

  const drafts = createDrafts(box('drafts'))

  return {
    state,
    onState: subscribeTo(listeners),
    setUp,
    ratePassphrase: rate,
    unlock,
    openKeychain() {
      return outcomeOf('keyring', async () => {
        await keychain.open()
        if (!idle.check()) await tellState()
        return undefined
      })
    },
    lock: idle.lock,
    activity: idle.activity,
    happened: idle.happened,
    systemIdle: idle.systemIdle,
    isUnlocked: idle.check,
    unlockedPeriod: () => (idle.check() ? period : undefined),
    get signal() {
      return controller.signal
    },
    credentials: {
      async read(instanceId) {
        const stored = await guarded(() => keyring.credentials.read(instanceId))
        if (!stored.ok) return stored
        return stored.value === undefined ? fail(noPasswordProblem) : succeed(stored.value)
      },
      write: (instanceId, value) =>
        guarded(async () => {
          await keyring.credentials.write(instanceId, value)
          return undefined
        }),
      delete: (instanceId) =>
        guarded(async () => {
          await keyring.credentials.delete(instanceId)
          return undefined
        }),
    },
    box,
    drafts,
    async clipboardCleared() {
      await clearing
      // Once more where that failed: soon nobody will be there to try again.
      if (clipboard) await attempt('Clearing the clipboard', () => clipboard.clearIfOurs())
    },
    copy: async (text) => clipboard?.copy(text),
    changePassphrase,
    forgetEverything,
    onUnlocked: subscribeTo(unlockedHooks),
    onLocked: subscribeTo(lockedHooks),
    onForget: subscribeTo(forgetHooks),
  }
}

/** How often a keychain that can't be used is looked at, in milliseconds. */
const lookEveryMs = 1000

const noPasswordProblem = {
  code: 'password-needed',
  message: 'No password is stored for this instance. Type it again.',
} as const

const cacheProblem = {
  code: 'internal',
  message:
    'The keychain was cleared, but not every cached file could be deleted. They can’t be opened any more.',
} as const

/** A guess that was wrong, or not made. */
function refusal(attempt: Exclude<Attempt, { outcome: 'right' }>): Refusal {
  return attempt.outcome === 'too-soon'
    ? attempt
    : { outcome: 'wrong-passphrase', retryInMs: attempt.retryInMs }
}

function subscribeTo<T>(set: Set<T>): (member: T) => Unsubscribe {
  return (member) => {
    set.add(member)
    return () => set.delete(member)
  }
}
