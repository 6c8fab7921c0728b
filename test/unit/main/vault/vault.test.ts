import { describe, expect, test, vi } from 'vitest'
import type { LockState } from '../../../../domain/lock.ts'
import { KeychainError } from '../../../../main/keychain/keychain.ts'
import { createVault, type Vault, type VaultPorts } from '../../../../main/vault/vault.ts'
import { cheapScrypt } from '../../../support/cheap-scrypt.ts'
import { createMemoryKeychain } from '../../../support/memory-keychain.ts'
import { createMemoryStore } from '../../../support/memory-store.ts'
import { createVirtualTime } from '../../../support/virtual-time.ts'

const keepKey = { replaceKey: false }
/** For boxes whose sealed texts the test keeps itself. */
const nothingKept = { what: 'drafts', resealAll: () => {} } as const
const passphrase = 'correct horse battery'
const id = '11111111-1111-4111-8111-111111111111'
const minute = 60_000

function setting(changes: Partial<VaultPorts> = {}) {
  const time = createVirtualTime()
  const keychain = createMemoryKeychain()
  const attemptsStore = createMemoryStore()
  const logged: string[] = []
  const settings = {
    autoLockMinutes: 10,
    lockOnSuspend: true,
    lockOnScreenLock: true,
    lockOnMinimise: false,
  }
  const ports: VaultPorts = {
    keychain,
    clock: time.clock,
    after: time.after,
    attemptsStore,
    settings: () => settings,
    knownWords: () => [],
    log: (what) => logged.push(what),
    scryptCost: cheapScrypt,
    ...changes,
  }
  return { time, keychain, attemptsStore, logged, settings, ports, vault: createVault(ports) }
}

/** A vault with one password in it, unlocked. */
async function unlocked(changes: Partial<VaultPorts> = {}) {
  const all = setting(changes)
  expect(await all.vault.setUp(passphrase)).toMatchObject({ ok: true })
  expect(await all.vault.credentials.write(id, 'a password')).toMatchObject({ ok: true })
  return all
}

const locked = { ok: false, problem: { code: 'locked' } }

describe('C4 the vault', () => {
  test('C4 is new at first, unlocked once a passphrase is chosen, and locked after a restart', async () => {
    const { vault, ports } = setting()
    expect(await vault.state()).toEqual({ status: 'new' })
    expect(await vault.setUp(passphrase)).toEqual({ ok: true, value: undefined })
    expect(await vault.state()).toEqual({ status: 'unlocked', locksInMs: 10 * minute, warning: false })
    const restarted = createVault(ports)
    expect(await restarted.state()).toEqual({ status: 'locked', reason: 'restart', retryInMs: 0 })
    expect(restarted.isUnlocked()).toBe(false)
    expect(await restarted.unlock(passphrase)).toEqual({ ok: true, value: { outcome: 'unlocked' } })
    expect(await restarted.credentials.read(id)).toMatchObject({ problem: { code: 'password-needed' } })
  })

  test('C4 never calls itself locked while no passphrase has been chosen, whatever the computer does', async () => {
    const { vault } = setting()
    const told: LockState[] = []
    vault.onState((state) => told.push(state))
    for (const event of ['focus', 'suspend', 'resume', 'screen-lock'] as const) vault.happened(event)
    expect(await vault.state()).toEqual({ status: 'new' })
    for (const event of ['focus', 'suspend', 'resume', 'screen-lock'] as const) vault.happened(event)
    expect(told.filter(({ status }) => status !== 'new')).toEqual([])
  })

  test('C4 takes no passphrase that is too short or easy to guess, and no second one', async () => {
    const { vault } = setting()
    expect(await vault.setUp('short')).toMatchObject({ problem: { code: 'invalid' } })
    for (const weak of [
      '        ',
      'aaaaaaaaaaaaaaaaaaaa',
      'password1234!',
      'qwertyuiop123',
      'curfew curfew curfew',
      '20200101',
    ])
      expect(await vault.setUp(weak), weak).toMatchObject({ problem: { errors: [{ code: 'too-weak' }] } })
    expect(await vault.state()).toEqual({ status: 'new' })
    await vault.setUp(passphrase)
    expect(await vault.setUp('velvet harbor moss ladder')).toMatchObject({ problem: { code: 'refused' } })
  })

  test('C4 takes no passphrase that is made of the names of its instances, their addresses and accounts', async () => {
    const names = ['Zanzibar Lighthouse', 'https://quixotic-otters.example:8443/', 'wilhelmina.oyelaran']
    const weak = [
      'Zanzibar Lighthouse 1',
      'quixotic-otters-example',
      'wilhelmina oyelaran',
      'oyelaran lighthouse otters',
    ]
    const { vault } = setting({ knownWords: () => names })
    for (const each of weak)
      expect(await vault.setUp(each), each).toMatchObject({
        problem: {
          errors: [{ code: 'too-weak' }],
          message: expect.stringContaining('names that others know'),
        },
      })
    expect(await vault.setUp(passphrase)).toMatchObject({ ok: true })
    for (const each of weak)
      expect(await vault.changePassphrase(passphrase, each, { replaceKey: false }), each).toMatchObject({
        problem: { errors: [{ code: 'too-weak' }] },
      })
    const { vault: unaware } = setting()
    for (const each of weak) {
      expect(await unaware.setUp(each), each).toMatchObject({ ok: true })
      await unaware.forgetEverything()
    }
  })

  test('C4 what the window is told of a passphrase while it is typed is what comes of choosing it', async () => {
    for (const [candidate, words] of [
      ['', 'at least 8 characters'],
      ['seven 7', 'at least 8 characters'],
      ['🦦🦦🦦🦦🦦', 'at least 8 characters'],
      ['Welcome2026!!', 'easy to guess. It is made of words that are tried first.'],
      ['abcdefghijklmnop', 'easy to guess. It repeats'],
      ['zanzibar-zanzibar', 'easy to guess. It is made of names that others know.'],
      [passphrase, undefined],
      ['velvet harbor moss ladder', undefined],
    ] as const) {
      const { vault } = setting({ knownWords: () => ['Zanzibar'] })
      await vault.state()
      const rated = await vault.ratePassphrase(candidate)
      const chosen = await vault.setUp(candidate)
      if (!rated.ok) throw new Error(candidate)
      expect(rated.value.fault, candidate).toEqual(words && expect.stringContaining(words))
      expect(chosen.ok ? undefined : chosen.problem.message).toBe(rated.value.fault)
      if (chosen.ok) expect(rated.value.score).toBe(4)
      else expect(rated.value.score).toBeLessThan(4)
    }
  })

  test('C4 while locked it rates nothing, also what was sent just before the lock', async () => {
    const { vault, ports } = await unlocked({ knownWords: () => ['Zanzibar'] })
    expect(await vault.ratePassphrase('zanzibar-zanzibar')).toMatchObject({ ok: true })
    const underWay = vault.ratePassphrase('zanzibar-zanzibar')
    vault.lock('manual')
    expect(await underWay).toMatchObject(locked)
    expect(await vault.ratePassphrase('zanzibar-zanzibar')).toMatchObject(locked)
    const restarted = createVault(ports)
    expect(await restarted.ratePassphrase('zanzibar-zanzibar')).toMatchObject(locked)
    await restarted.state()
    expect(await restarted.ratePassphrase('zanzibar-zanzibar')).toMatchObject(locked)
  })

  test('C4 while locked reads, writes, deletes, seals and opens nothing', async () => {
    const { vault } = await unlocked()
    const sealed = vault.box('snapshots', nothingKept).seal('text', id)
    vault.lock('manual')
    expect(vault.isUnlocked()).toBe(false)
    expect(vault.unlockedPeriod()).toBeUndefined()
    expect(await vault.credentials.read(id)).toMatchObject(locked)
    expect(await vault.credentials.write(id, 'x')).toMatchObject(locked)
    expect(await vault.credentials.delete(id)).toMatchObject(locked)
    expect(await vault.changePassphrase(passphrase, 'velvet harbor moss ladder', keepKey)).toMatchObject(
      locked,
    )
    expect(() => vault.box('snapshots', nothingKept).open(sealed, id)).toThrow('locked')
    expect(() => vault.box('snapshots', nothingKept).seal('text', id)).toThrow('locked')
    await vault.unlock(passphrase)
    expect(await vault.credentials.read(id)).toEqual({ ok: true, value: 'a password' })
    expect(vault.box('snapshots', nothingKept).open(sealed, id)).toBe('text')
  })

  test('C4 compares the deadline before every use of a secret, though no timer has fired', async () => {
    const uses: readonly ((vault: Vault, sealed: string) => unknown)[] = [
      (vault) => vault.credentials.read(id),
      (vault) => vault.credentials.write(id, 'x'),
      (vault) => vault.unlockedPeriod(),
      (vault) => vault.isUnlocked(),
      (vault, sealed) => {
        expect(() => vault.box('snapshots', nothingKept).open(sealed, id)).toThrow('locked')
      },
      (vault) => {
        expect(() => vault.drafts.keep('form', 'text')).toThrow('locked')
      },
    ]
    for (const use of uses) {
      const { vault, time } = await unlocked()
      const sealed = vault.box('snapshots', nothingKept).seal('text', id)
      const { signal } = vault
      time.passThrottled(10 * minute)
      const result = await use(vault, sealed)
      if (result) expect(result).toMatchObject(locked)
      expect(signal.aborted).toBe(true)
      expect(await vault.state()).toMatchObject({ status: 'locked', reason: 'idle' })
    }
  })

  test('C4 refuses a wrong passphrase, delays after three, and tells no more than that', async () => {
    const { vault, time, ports } = await unlocked()
    vault.lock('manual')
    const wrong = (retryInMs: number) => ({ ok: true, value: { outcome: 'wrong-passphrase', retryInMs } })
    for (const retryInMs of [0, 0, 0, 5000]) {
      expect(await vault.unlock(`${passphrase}!`)).toEqual(wrong(retryInMs))
    }
    const tooSoon = { ok: true, value: { outcome: 'too-soon', retryInMs: 5000 } }
    expect(await vault.unlock(passphrase)).toEqual(tooSoon)
    expect(await vault.state()).toEqual({ status: 'locked', reason: 'manual', retryInMs: 5000 })
    const restarted = createVault(ports)
    expect(await restarted.unlock(passphrase)).toEqual(tooSoon)
    expect(await restarted.state()).toEqual({ status: 'locked', reason: 'restart', retryInMs: 5000 })
    time.pass(5000)
    expect(await vault.unlock(passphrase)).toEqual({ ok: true, value: { outcome: 'unlocked' } })
  })

  test('C4 tells the window of the wait after a wrong passphrase', async () => {
    const { vault } = await unlocked()
    vault.lock('manual')
    for (let count = 0; count < 3; count += 1) await vault.unlock('wrong one')
    const told: LockState[] = []
    vault.onState((state) => told.push(state))
    await vault.unlock('wrong one')
    expect(told).toEqual([{ status: 'locked', reason: 'manual', retryInMs: 5000 }])
  })

  test('C4 unlocked twice at once is unlocked once', async () => {
    const { vault } = await unlocked()
    vault.lock('manual')
    const outcomes = await Promise.all([vault.unlock(passphrase), vault.unlock(passphrase)])
    expect(outcomes).toMatchObject([
      { ok: true, value: { outcome: 'unlocked' } },
      { ok: false, problem: { code: 'refused', message: 'Curfew is unlocked already.' } },
    ])
    expect(vault.unlockedPeriod()).toBe(2)
    expect(vault.signal.aborted).toBe(false)
  })

  test('C4 too soon does not even look at the keyring: no scrypt runs', async () => {
    const { vault, keychain } = await unlocked()
    vault.lock('manual')
    for (let count = 0; count < 4; count += 1) await vault.unlock('wrong one')
    const asked: string[] = []
    const { get } = keychain
    keychain.get = (account) => {
      asked.push(account)
      return get(account)
    }
    expect(await vault.unlock(passphrase)).toMatchObject({ value: { outcome: 'too-soon' } })
    expect(asked).toEqual([])
  })

  test('C4 counts wrong tries at the present passphrase in a change of it, too', async () => {
    const { vault } = await unlocked()
    for (let count = 0; count < 4; count += 1) {
      expect(
        await vault.changePassphrase('not this one', 'velvet harbor moss ladder', keepKey),
      ).toMatchObject({
        value: { outcome: 'wrong-passphrase' },
      })
    }
    expect(await vault.changePassphrase(passphrase, 'velvet harbor moss ladder', keepKey)).toEqual({
      ok: true,
      value: { outcome: 'too-soon', retryInMs: 5000 },
    })
  })

  test('C4 while unlocked, unlocking says the same of every passphrase and ends no count', async () => {
    const { vault, time } = await unlocked()
    for (let count = 0; count < 4; count += 1) {
      await vault.changePassphrase('not this one', 'velvet harbor moss ladder', keepKey)
      const answers = [await vault.unlock(passphrase), await vault.unlock('not this one')]
      expect(answers[0]).toMatchObject({ ok: false, problem: { code: 'refused' } })
      expect(answers[0]).toEqual(answers[1])
    }
    const tooSoon = { value: { outcome: 'too-soon', retryInMs: 5000 } }
    expect(await vault.changePassphrase(passphrase, 'velvet harbor moss ladder', keepKey)).toMatchObject(
      tooSoon,
    )
    vault.lock('manual')
    expect(await vault.unlock(passphrase)).toMatchObject(tooSoon)
    time.pass(5000)
    expect(await vault.unlock(passphrase)).toMatchObject({ value: { outcome: 'unlocked' } })
  })

  test('C4 a change of the passphrase with the right present one ends no count either', async () => {
    const { vault, time } = await unlocked()
    for (let count = 0; count < 4; count += 1)
      await vault.changePassphrase('wrong', 'velvet harbor moss ladder', keepKey)
    time.pass(5000)
    expect(await vault.changePassphrase(passphrase, 'velvet harbor moss ladder', keepKey)).toMatchObject({
      value: { outcome: 'changed', key: 'kept' },
    })
    expect(await vault.changePassphrase('wrong', 'copper window otter rain', keepKey)).toMatchObject({
      value: { outcome: 'wrong-passphrase', retryInMs: 10_000 },
    })
  })

  test('C4 choosing a passphrase where there is one tries nothing and ends no count', async () => {
    const { vault } = await unlocked()
    for (let count = 0; count < 4; count += 1)
      await vault.changePassphrase('wrong', 'velvet harbor moss ladder', keepKey)
    expect(await vault.setUp(passphrase)).toMatchObject({ problem: { code: 'refused' } })
    expect(await vault.changePassphrase(passphrase, 'velvet harbor moss ladder', keepKey)).toMatchObject({
      value: { outcome: 'too-soon' },
    })
  })

  test('C4 a right passphrase that is overtaken by a lock ends no count', async () => {
    const { vault, time } = await unlocked()
    vault.lock('manual')
    for (let count = 0; count < 4; count += 1) await vault.unlock('wrong one')
    time.pass(5000)
    const unlocking = vault.unlock(passphrase)
    await new Promise(setImmediate)
    vault.happened('suspend')
    expect(await unlocking).toMatchObject(locked)
    expect(await vault.unlock('wrong one')).toMatchObject({ value: { retryInMs: 10_000 } })
  })

  test('C4 changes the passphrase; the new one has to be long enough and hard to guess', async () => {
    const { vault } = await unlocked()
    expect(await vault.changePassphrase(passphrase, 'short', keepKey)).toMatchObject({
      problem: { code: 'invalid' },
    })
    expect(await vault.changePassphrase(passphrase, 'Welcome2026!!', keepKey)).toMatchObject({
      problem: { errors: [{ code: 'too-weak' }] },
    })
    expect(await vault.changePassphrase(passphrase, 'velvet harbor moss ladder', keepKey)).toEqual({
      ok: true,
      value: { outcome: 'changed', key: 'kept' },
    })
    vault.lock('manual')
    expect(await vault.unlock(passphrase)).toMatchObject({ value: { outcome: 'wrong-passphrase' } })
    expect(await vault.unlock('velvet harbor moss ladder')).toMatchObject({ value: { outcome: 'unlocked' } })
    expect(await vault.credentials.read(id)).toEqual({ ok: true, value: 'a password' })
  })

  test('C4 unlocking that is overtaken by sleep or a screen lock stays locked, and holds no key', async () => {
    for (const event of ['suspend', 'screen-lock'] as const) {
      const { vault } = await unlocked()
      vault.lock('manual')
      const unlocking = vault.unlock(passphrase)
      await new Promise(setImmediate)
      vault.happened(event)
      expect(await unlocking).toMatchObject(locked)
      expect(vault.isUnlocked()).toBe(false)
      expect(() => vault.drafts.keep('form', 'text')).toThrow('locked')
      expect(await vault.unlock(passphrase)).toMatchObject({ value: { outcome: 'unlocked' } })
    }
  })
})

describe('C4 locking', () => {
  test('C4 happens in this order: keys gone, requests aborted, hooks, then the window is told', async () => {
    const { vault } = await unlocked()
    const order: string[] = []
    const keysGone = () => {
      try {
        vault.box('snapshots', nothingKept).seal('text', id)
        return 'open'
      } catch {
        return 'sealed'
      }
    }
    vault.signal.addEventListener('abort', () => order.push(`aborted, ${keysGone()}`))
    vault.onLocked((reason) => {
      order.push(`first hook, ${reason}, ${keysGone()}, ${vault.signal.aborted}`)
    })
    vault.onLocked(() => {
      order.push('second hook')
    })
    vault.onState((state) => order.push(`told ${state.status}`))
    vault.lock('manual')
    expect(order).toEqual([
      'aborted, sealed',
      'first hook, manual, sealed, true',
      'second hook',
      'told locked',
    ])
  })

  test('C4 is complete when the call returns, and vetoed by nothing: not by hooks, listeners or open requests', async () => {
    const { vault, logged } = await unlocked()
    const order: string[] = []
    vault.onLocked(() => {
      throw new Error('unsaved changes')
    })
    vault.onLocked(() => Promise.reject(new Error('later')))
    vault.onLocked(() => new Promise(() => {}))
    vault.onLocked(() => {
      order.push('last hook')
    })
    vault.onState(() => {
      throw new Error('no window')
    })
    vault.lock('manual')
    expect(vault.isUnlocked()).toBe(false)
    expect(vault.signal.aborted).toBe(true)
    expect(order).toEqual(['last hook'])
    await vi.waitFor(() => expect(logged).toHaveLength(3))
    expect(logged).toEqual(
      expect.arrayContaining(['A hook of the lock failed', 'A listener to the lock failed']),
    )
  })

  test('C4 twice at once is once', async () => {
    const { vault } = await unlocked()
    const reasons: string[] = []
    vault.onLocked((reason) => {
      reasons.push(reason)
      vault.lock('idle')
    })
    vault.lock('manual')
    vault.happened('suspend')
    expect(reasons).toEqual(['manual'])
    expect(await vault.state()).toMatchObject({ reason: 'manual' })
  })

  test('C4 ends the period: each has a number and a signal of its own', async () => {
    const { vault } = setting()
    expect(vault.signal.aborted).toBe(true)
    const begun: number[] = []
    vault.onUnlocked((period) => {
      begun.push(period)
    })
    await vault.setUp(passphrase)
    const first = vault.signal
    expect(vault.unlockedPeriod()).toBe(1)
    vault.lock('manual')
    await vault.unlock(passphrase)
    expect(first.aborted).toBe(true)
    expect(vault.signal.aborted).toBe(false)
    expect(vault.unlockedPeriod()).toBe(2)
    expect(begun).toEqual([1, 2])
  })

  test('C4 tells the window each change, and a listener that has left nothing', async () => {
    const { vault, time } = await unlocked()
    const told: LockState[] = []
    const leave = vault.onState((state) => told.push(state))
    time.pass(9 * minute + 30_000)
    time.pass(30_000)
    leave()
    await vault.unlock(passphrase)
    expect(told).toEqual([
      { status: 'unlocked', locksInMs: 30_000, warning: true },
      { status: 'locked', reason: 'idle', retryInMs: 0 },
    ])
  })

  test('C4 input in the window puts it off', async () => {
    const { vault, time } = await unlocked()
    for (let count = 0; count < 5; count += 1) {
      time.pass(9 * minute)
      vault.activity()
    }
    expect(vault.isUnlocked()).toBe(true)
    vault.systemIdle(10 * minute)
    expect(vault.isUnlocked()).toBe(false)
  })

  test('C4 keeps what was typed, sealed, and gives it back once after unlocking', async () => {
    const { vault } = await unlocked()
    expect(vault.drafts.keep('policy-form', '{"reason":"half-written"}')).toBe('kept')
    vault.lock('idle')
    expect(() => vault.drafts.take('policy-form')).toThrow('locked')
    await vault.unlock(passphrase)
    expect(vault.drafts.take('policy-form')).toBe('{"reason":"half-written"}')
    expect(vault.drafts.take('policy-form')).toBeUndefined()
  })

  test('C4 clears from the clipboard what Curfew put there', async () => {
    const clipboard = {
      text: '',
      readText: async () => clipboard.text,
      writeText: async (text: string) => {
        clipboard.text = text
      },
    }
    const { vault } = await unlocked({ clipboard })
    await vault.copy('a session id')
    expect(clipboard.text).toBe('a session id')
    vault.lock('manual')
    await vi.waitFor(() => expect(clipboard.text).toBe(''))
  })
})

describe('C1 a keychain that fails', () => {
  const broken = () => Promise.reject(new KeychainError('Install gnome-keyring.', 'absent'))

  test('C1 is said at the start, with what to install, and asked again the next time', async () => {
    const { vault, keychain } = setting()
    const { get } = keychain
    keychain.get = broken
    expect(await vault.state()).toEqual({
      status: 'no-keychain',
      fault: 'absent',
      help: 'Install gnome-keyring.',
    })
    keychain.get = get
    expect(await vault.state()).toEqual({ status: 'new' })
  })

  test('C1 is said before a passphrase is chosen where it can be read but not written', async () => {
    const { vault, keychain } = setting()
    keychain.set = broken
    expect(await vault.state()).toMatchObject({ status: 'no-keychain' })
  })

  test('C1 that forgets what it is given is said too', async () => {
    const { vault, keychain } = setting()
    keychain.set = async () => {}
    expect(await vault.state()).toMatchObject({
      status: 'no-keychain',
      help: expect.stringMatching(/not keep/),
    })
  })

  test('C1 later is a problem with words, not counted as a wrong try, and never ends in a file', async () => {
    const { vault, keychain, attemptsStore } = await unlocked()
    const { get, set } = keychain
    keychain.get = broken
    keychain.set = broken
    const failed = { ok: false, problem: { code: 'keychain-unavailable', message: 'Install gnome-keyring.' } }
    expect(await vault.credentials.read(id)).toEqual(failed)
    expect(await vault.credentials.write(id, 'MARKER')).toEqual(failed)
    vault.lock('manual')
    for (let count = 0; count < 6; count += 1) expect(await vault.unlock(passphrase)).toEqual(failed)
    expect(JSON.stringify(attemptsStore.value)).not.toContain('MARKER')
    keychain.get = get
    keychain.set = set
    expect(await vault.unlock(passphrase)).toMatchObject({ value: { outcome: 'unlocked' } })
  })

  test('C1 that is locked is looked at until it is open, asks nobody meanwhile, and the window is told', async () => {
    const { vault, ports, keychain, time } = await unlocked()
    const asked = { looks: 0, prompts: 0 }
    let isLocked = true
    const shut = new KeychainError('It is locked.', 'locked')
    const mayBeLocked: typeof keychain = {
      ...keychain,
      get: async (account) => (isLocked ? Promise.reject(shut) : keychain.get(account)),
      open: async () => {
        asked.prompts += 1
      },
      look: async () => {
        asked.looks += 1
        if (isLocked) throw shut
      },
    }
    vault.lock('manual')
    const restarted = createVault({ ...ports, keychain: mayBeLocked })
    const told: LockState['status'][] = []
    restarted.onState((state) => told.push(state.status))
    const no = { status: 'no-keychain', fault: 'locked', help: 'It is locked.' }
    expect(await restarted.state()).toEqual(no)
    for (let second = 1; second <= 3; second += 1) {
      time.pass(1000)
      await vi.waitFor(() => expect(asked.looks).toBe(second))
    }
    expect(told).toEqual([])
    expect(await restarted.openKeychain()).toMatchObject({ ok: true })
    expect(told).toEqual(['no-keychain'])
    expect(asked.prompts).toBe(1)
    isLocked = false
    time.pass(1000)
    await vi.waitFor(() => expect(told).toEqual(['no-keychain', 'locked']))
    const looks = asked.looks
    time.pass(10_000)
    expect(asked.looks).toBe(looks)

    isLocked = true
    expect(await restarted.unlock(passphrase)).toMatchObject({ problem: { message: 'It is locked.' } })
    expect(told.at(-1)).toBe('no-keychain')
    isLocked = false
    expect(await restarted.unlock(passphrase)).toMatchObject({ value: { outcome: 'unlocked' } })
    expect(await restarted.credentials.read(id)).toEqual({ ok: true, value: 'a password' })
  })

  test('B8 each fault of an entry has its own reason, and the password typed again ends it', async () => {
    const { vault, keychain } = await unlocked()
    const other = '22222222-2222-4222-8222-222222222222'
    const entry = `instance:${id}`
    const earlier = keychain.entries.get(entry) ?? ''
    await vault.credentials.write(id, 'a later password')
    await vault.credentials.write(other, 'of another instance')
    const right = keychain.entries.get(entry) ?? ''
    const faults: Record<string, string | undefined> = {
      deleted: undefined,
      'replaced by something else': 'hunter2',
      'newer version': right.replace('curfew1.', 'curfew2.'),
      'another kind of entry': right.replace('.credentials.', '.drafts.'),
      'cut short': right.slice(0, -10),
      'changed outside': `${right.slice(0, -4)}AAAA`,
      'another instance': keychain.entries.get(`instance:${other}`),
      'an earlier one': earlier,
    }
    for (const [words, text] of Object.entries(faults)) {
      if (text === undefined) keychain.entries.delete(entry)
      else keychain.entries.set(entry, text)
      expect(await vault.credentials.read(id), words).toMatchObject({
        problem: {
          code: 'password-needed',
          message: expect.stringMatching(new RegExp(`${words}.*Type it again`)),
        },
      })
      expect(await vault.credentials.read(other)).toEqual({ ok: true, value: 'of another instance' })
      expect(await vault.credentials.write(id, 'typed again')).toMatchObject({ ok: true })
      expect(await vault.credentials.read(id)).toEqual({ ok: true, value: 'typed again' })
    }
  })

  test('B8 a foul entry asks for the password again and says what happened to it', async () => {
    const { vault, keychain } = await unlocked()
    keychain.entries.set(`instance:${id}`, 'hunter2')
    expect(await vault.credentials.read(id)).toMatchObject({
      problem: {
        code: 'password-needed',
        message: expect.stringMatching(/replaced by something else.*again/),
      },
    })
    expect(await vault.credentials.write(id, 'typed again')).toMatchObject({ ok: true })
    expect(await vault.credentials.read(id)).toEqual({ ok: true, value: 'typed again' })
  })

  test('B8 a keyring that was changed outside Curfew can’t be unlocked, and the message names the entry', async () => {
    const { vault, keychain } = await unlocked()
    vault.lock('manual')
    keychain.entries.delete('manifest')
    expect(await vault.unlock(passphrase)).toMatchObject({
      problem: { code: 'keychain-unavailable', message: expect.stringMatching(/“manifest”.*deleted/) },
    })
    expect(vault.isUnlocked()).toBe(false)
  })

  test('B8 a password that the keychain can’t hold is refused next to its field', async () => {
    const { vault } = await unlocked()
    expect(await vault.credentials.write(id, 'x'.repeat(3000))).toMatchObject({
      problem: { code: 'invalid', errors: [{ field: 'password' }] },
    })
  })
})

describe('C1 forgetting everything', () => {
  test('C1 locks, empties the keychain, has the caches deleted, and begins anew', async () => {
    const { vault, keychain, time } = await unlocked()
    vault.drafts.keep('form', 'text')
    vault.lock('manual')
    for (let count = 0; count < 5; count += 1) {
      time.pass(20 * minute)
      await vault.unlock('wrong one')
    }
    const order: string[] = []
    vault.onForget(async () => {
      order.push(`caches, ${keychain.entries.has('keyring') ? 'key there' : 'key gone'}`)
    })
    expect(await vault.forgetEverything()).toEqual({ ok: true, value: undefined })
    expect(order).toEqual(['caches, key gone'])
    expect(keychain.entries.size).toBe(0)
    expect(await vault.state()).toEqual({ status: 'new' })
    await vault.setUp('thistle engine pelican sky')
    expect(vault.drafts.take('form')).toBeUndefined()
    vault.lock('manual')
    expect(await vault.unlock('thistle engine pelican sky')).toMatchObject({ value: { outcome: 'unlocked' } })
  })

  test('C1 says so where a cache could not be deleted; the keychain is empty all the same', async () => {
    const { vault, keychain } = await unlocked()
    vault.onForget(() => {
      throw new Error('EBUSY')
    })
    expect(await vault.forgetEverything()).toMatchObject({ ok: false, problem: { code: 'internal' } })
    expect(keychain.entries.size).toBe(0)
    expect(vault.isUnlocked()).toBe(false)
  })
})
