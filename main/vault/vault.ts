import type { LockReason, LockState } from '../../domain/lock.ts'
import { fail, type Outcome, type Problem, succeed } from '../../domain/problem.ts'
import type { PassphraseChange, PassphraseVerdict, UnlockResult } from '../../preload/contract/lock.ts'
import type { After, Clock } from '../clock.ts'
import type { Keychain } from '../keychain/keychain.ts'
import { createKeyring } from '../keyring/keyring.ts'
import type { ScryptCost } from '../keyring/passphrase.ts'
import type { ChangeOptions } from '../keyring/wrap-entries.ts'
import { lockedProblem } from '../while-unlocked.ts'
import { type Attempt, attemptsInKeychain, createAttempts, type Guess, type SmallStore } from './attempts.ts'
import { type ClipboardPort, createClipboardGuard } from './clipboard-guard.ts'
import { createDrafts, type Drafts } from './drafts.ts'
import { attemptHook, type Hooks, runHook, subscribeTo, type Unsubscribe } from './hooks.ts'
import { createIdleLock, type LockEvent, type LockSettings } from './idle-lock.ts'
import { createLockStates } from './lock-states.ts'
import { passphraseFault, ratePassphrase } from './passphrase-rule.ts'
import { outcomeOf, unlockedProblem } from './problems.ts'
import { createResealing } from './resealing.ts'
import { createSecrets, type Secrets } from './secrets.ts'

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

/** The app's own guard and what it guards: the one thing of this folder that the rest of main uses. */
export interface Vault extends Secrets {
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
  readonly drafts: Drafts
  /** Resolves when the last lock has cleared the clipboard of what Curfew put there. */
  clipboardCleared(): Promise<void>
  /** Copies to the clipboard; cleared at the lock, unless something else was copied by then. */
  copy(text: string): Promise<void>
  /**
   * Changes the passphrase; where it is asked for, the data key too, and then everything is sealed anew before this
   * resolves. The state tells how far that has come.
   */
  changePassphrase(current: string, next: string, options: ChangeOptions): Promise<Outcome<PassphraseChange>>
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
      onChange: (ours) => runHook(log, 'A listener to the clipboard', () => ports.onClipboard?.(ours)),
      onFault: (error) => log('Clearing the clipboard failed; it is tried again', error),
    })
  let clearing = Promise.resolve()
  const listeners: Hooks<LockState> = new Set()
  const unlockedHooks: Hooks<number> = new Set()
  const lockedHooks: Hooks<LockReason> = new Set()
  const forgetHooks = new Set<() => void | Promise<void>>()
  let period = 0
  let controller = new AbortController()
  controller.abort()
  const states = createLockStates({
    keychain,
    keyring,
    attempts,
    idle: () => idle,
    resealing: () => resealing.progress,
    after: ports.after,
    listeners,
    log,
  })
  const idle = createIdleLock({
    clock,
    after: ports.after,
    settings: ports.settings,
    onLock(reason) {
      keyring.seal()
      controller.abort()
      resealing.locked()
      for (const hook of lockedHooks) runHook(log, 'A hook of the lock', () => hook(reason))
      if (clipboard) clearing = attemptHook(log, 'Clearing the clipboard', () => clipboard.clearIfOurs())
    },
    onChange: states.tell,
  })
  const resealing = createResealing({
    keyring,
    tell() {
      const state = idle.state()
      if (state.status === 'unlocked') states.tell(state)
    },
    log,
  })
  const { credentials, box } = createSecrets(keyring, idle.check)
  const drafts = createDrafts(box)

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
    for (const hook of unlockedHooks) runHook(log, 'A hook of unlocking', () => hook(opened))
    // What an interrupted change of the key has left.
    void resealing.run()
    return true
  }

  async function setUp(passphrase: string): Promise<Outcome<undefined>> {
    const fault = await passphraseFault(passphrase, ports.knownWords())
    if (fault) return fault
    const chosen = await outcomeOf('keyring', async () => {
      const opening = idle.begin()
      const result = await keyring.create(passphrase)
      states.chosen()
      if (result === 'unlocked') open(opening)
      await attempts.reset().catch((error: unknown) => log('Storing the count of tries failed', error))
      return undefined
    })
    if (!chosen.ok) await states.tellIfKeychainFails()
    return chosen
  }

  async function rate(candidate: string): Promise<Outcome<PassphraseVerdict>> {
    const mayAsk = () => idle.check() || states.isNew()
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
      await states.tellIfKeychainFails()
      return tried
    }
    if (missed) return fail(missed)
    if (tried.value.outcome === 'wrong') states.tell(idle.state())
    return succeed(tried.value.outcome === 'right' ? { outcome: 'unlocked' } : refusal(tried.value))
  }

  async function changePassphrase(
    current: string,
    next: string,
    options: ChangeOptions,
  ): Promise<Outcome<PassphraseChange>> {
    const fault = idle.check() ? await passphraseFault(next, ports.knownWords()) : undefined
    if (fault) return fault
    // What the last change has left comes first.
    if (options.replaceKey && idle.check()) await resealing.run()
    if (!idle.check()) return fail(lockedProblem)
    const tried = await outcomeOf('keyring', () => attempts.attempt(() => tryChange(current, next, options)))
    if (!tried.ok) return tried
    if (tried.value.outcome !== 'right') return succeed(refusal(tried.value))
    if (!options.replaceKey) return succeed({ outcome: 'changed', key: 'kept' })
    return succeed({ outcome: 'changed', key: (await resealing.run()) ? 'replaced' : 'unfinished' })
  }

  async function tryChange(current: string, next: string, options: ChangeOptions): Promise<Guess> {
    try {
      return (await keyring.changePassphrase(current, next, options)) === 'changed' ? 'right' : 'wrong'
    } finally {
      // It can't be told which key is in force: only a passphrase can.
      if (!keyring.isOpen) idle.lock('passphrase-change')
    }
  }

  async function forgetEverything(): Promise<Outcome<undefined>> {
    idle.lock('manual')
    drafts.clear()
    const forgotten = await outcomeOf('keyring', () => keyring.forgetEverything())
    states.unknown()
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
    await states.readAndTell()
    return left.length === 0 ? succeed(undefined) : fail(cacheProblem)
  }

  return {
    state: states.read,
    onState: subscribeTo(listeners),
    setUp,
    ratePassphrase: rate,
    unlock,
    openKeychain() {
      return outcomeOf('keyring', async () => {
        await keychain.open()
        if (!idle.check()) await states.readAndTell()
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
    credentials,
    box,
    drafts,
    async clipboardCleared() {
      await clearing
      // Once more where that failed: soon nobody will be there to try again.
      if (clipboard) await attemptHook(log, 'Clearing the clipboard', () => clipboard.clearIfOurs())
    },
    copy: async (text) => clipboard?.copy(text),
    changePassphrase,
    forgetEverything,
    onUnlocked: subscribeTo(unlockedHooks),
    onLocked: subscribeTo(lockedHooks),
    onForget: subscribeTo(forgetHooks),
  }
}

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
