import { describe, expect, test, vi } from 'vitest'
import type { LockState } from '../../../../domain/lock.ts'
import { KeychainError } from '../../../../main/keychain/keychain.ts'
import { createVault, type VaultPorts } from '../../../../main/vault/vault.ts'
import { cheapScrypt } from '../../../support/cheap-scrypt.ts'
import { createMemoryKeychain } from '../../../support/memory-keychain.ts'
import { createMemoryStore } from '../../../support/memory-store.ts'
import { createVirtualTime } from '../../../support/virtual-time.ts'

const passphrase = 'correct horse battery'
const next = 'velvet harbor moss ladder'
const id = '11111111-1111-4111-8111-111111111111'
const minute = 60_000

function setting(changes: Partial<VaultPorts> = {}) {
  const time = createVirtualTime()
  const keychain = createMemoryKeychain()
  const attemptsStore = createMemoryStore()
  const logged: (readonly [string, unknown])[] = []
  const ports: VaultPorts = {
    keychain,
    clock: time.clock,
    after: time.after,
    attemptsStore,
    settings: () => ({
      autoLockMinutes: 10,
      lockOnSuspend: true,
      lockOnScreenLock: true,
      lockOnMinimise: false,
    }),
    knownWords: () => [],
    log: (what, error) => logged.push([what, error]),
    scryptCost: cheapScrypt,
    ...changes,
  }
  const vault = createVault(ports)
  const told: LockState[] = []
  vault.onState((state) => told.push(state))
  return { time, keychain, attemptsStore, logged, ports, vault, told }
}

async function unlocked(changes: Partial<VaultPorts> = {}) {
  const all = setting(changes)
  expect(await all.vault.setUp(passphrase)).toEqual({ ok: true, value: undefined })
  all.told.length = 0
  return all
}

const done = { ok: true, value: undefined }
const lockedOutcome = {
  ok: false,
  problem: { code: 'locked', message: 'Curfew is locked. Unlock it and try again.' },
}
const lockedFor = (reason: string, retryInMs = 0) => ({ status: 'locked', reason, retryInMs })
const broken = new KeychainError('Install gnome-keyring.', 'absent')
const isBroken = () => Promise.reject(broken)
const brokenOutcome = {
  ok: false,
  problem: { code: 'keychain-unavailable', message: 'Install gnome-keyring.' },
}

describe('C1 the passwords of instances', () => {
  test('C1 are written, read and deleted, each with an outcome; one that is not there is asked for', async () => {
    const { vault } = await unlocked()
    expect(await vault.credentials.write(id, 'a password')).toEqual(done)
    expect(await vault.credentials.read(id)).toEqual({ ok: true, value: 'a password' })
    expect(await vault.credentials.delete(id)).toEqual(done)
    expect(await vault.credentials.read(id)).toEqual({
      ok: false,
      problem: {
        code: 'password-needed',
        message: 'No password is stored for this instance. Type it again.',
      },
    })
  })

  test('C4 are refused while locked in the words that everything is refused in', async () => {
    const { vault } = await unlocked()
    vault.lock('manual')
    expect(await vault.credentials.read(id)).toEqual(lockedOutcome)
    expect(await vault.credentials.write(id, 'x')).toEqual(lockedOutcome)
    expect(await vault.credentials.delete(id)).toEqual(lockedOutcome)
  })
})

describe('C4 changing the passphrase', () => {
  test('C4 while locked says only that, whatever the next one is like', async () => {
    const { vault } = await unlocked()
    vault.lock('manual')
    for (const candidate of [next, 'short'])
      expect(await vault.changePassphrase(passphrase, candidate, { replaceKey: false })).toEqual(
        lockedOutcome,
      )
  })

  test('C4 while locked says only that, also where the next try would have to wait', async () => {
    const { vault } = await unlocked()
    for (let tries = 1; tries <= 4; tries += 1)
      await vault.changePassphrase('not this one', next, { replaceKey: false })
    vault.lock('manual')
    for (const replaceKey of [false, true])
      expect(await vault.changePassphrase(passphrase, next, { replaceKey })).toEqual(lockedOutcome)
  })

  test('C4 that a lock overtakes while the next one is rated tries nothing', async () => {
    const { vault, attemptsStore } = await unlocked()
    const before = structuredClone(attemptsStore.value)
    const changing = vault.changePassphrase('not this one', next, { replaceKey: false })
    vault.lock('manual')
    expect(await changing).toEqual(lockedOutcome)
    expect(attemptsStore.value).toEqual(before)
  })

  test('C1 with a keychain that fails says what to do', async () => {
    const { vault, keychain } = await unlocked()
    keychain.get = isBroken
    expect(await vault.changePassphrase(passphrase, next, { replaceKey: false })).toEqual(brokenOutcome)
  })
})

describe('C4 unlocking', () => {
  test('C4 what is unlocked is refused, and tries and tells nothing', async () => {
    const { vault, told } = await unlocked()
    expect(await vault.unlock(passphrase)).toEqual({
      ok: false,
      problem: { code: 'refused', message: 'Curfew is unlocked already.' },
    })
    expect(told).toEqual([])
  })

  test('C4 tells the window once that it is unlocked, and hooks that fail keep nobody out', async () => {
    const { vault, told, logged } = await unlocked()
    vault.lock('manual')
    told.length = 0
    const fault = new Error('No cache.')
    const periods: number[] = []
    vault.onUnlocked(() => {
      throw fault
    })
    vault.onUnlocked((period) => {
      periods.push(period)
    })
    expect(await vault.unlock(passphrase)).toEqual({ ok: true, value: { outcome: 'unlocked' } })
    expect(told).toEqual([{ status: 'unlocked', locksInMs: 10 * minute, warning: false }])
    expect(periods).toEqual([2])
    await vi.waitFor(() => expect(logged).toEqual([['A hook of unlocking failed', fault]]))
  })

  test('C4 hooks and listeners that were taken off are not called', async () => {
    const { vault } = await unlocked()
    const called: string[] = []
    const off = [
      vault.onUnlocked(() => void called.push('unlocked')),
      vault.onLocked(() => void called.push('locked')),
      vault.onForget(() => void called.push('forget')),
      vault.onState(() => called.push('state')),
    ]
    for (const takeOff of off) takeOff()
    vault.lock('manual')
    await vault.unlock(passphrase)
    await vault.forgetEverything()
    expect(called).toEqual([])
  })

  test('C4 that a lock overtakes holds no key and no period: what comes next begins anew', async () => {
    const { vault } = await unlocked()
    vault.lock('manual')
    const unlocking = vault.unlock(passphrase)
    await new Promise(setImmediate)
    vault.happened('user-switch')
    expect(await unlocking).toEqual(lockedOutcome)
    expect([vault.signal.aborted, vault.unlockedPeriod()]).toEqual([true, undefined])
    expect(await vault.unlock(passphrase)).toMatchObject({ value: { outcome: 'unlocked' } })
    expect(vault.signal.aborted).toBe(false)
  })
})

describe('C4 the first passphrase', () => {
  test('C4 begins the count of tries anew; where that can’t be stored, it is logged and no more', async () => {
    const { vault, attemptsStore, keychain, logged } = setting()
    const fault = new Error('disk full')
    attemptsStore.write = () => Promise.reject(fault)
    const { set } = keychain
    keychain.set = async (account, value) => {
      if (account === 'attempts') throw fault
      await set(account, value)
    }
    expect(await vault.setUp(passphrase)).toEqual(done)
    expect(vault.isUnlocked()).toBe(true)
    expect(logged).toEqual([['Storing the count of tries failed', fault]])
  })

  test('C4 that a lock overtakes is chosen all the same, and the app stays locked without a key', async () => {
    const { vault, keychain } = setting()
    const { set } = keychain
    keychain.set = async (account, value) => {
      if (account === 'keyring') vault.happened('suspend')
      await set(account, value)
    }
    expect(await vault.setUp(passphrase)).toEqual(done)
    expect([vault.isUnlocked(), vault.signal.aborted]).toEqual([false, true])
    expect(() => vault.drafts.keep('form', 'text')).toThrow('locked')
    expect(await vault.unlock(passphrase)).toEqual({ ok: true, value: { outcome: 'unlocked' } })
  })

  test('C1 where the keychain fails is not chosen, and the window shows what is wrong with the keychain', async () => {
    const { vault, keychain, told } = setting({})
    const { get } = keychain
    Object.assign(keychain, { look: isBroken })
    keychain.get = isBroken
    expect(await vault.setUp(passphrase)).toEqual(brokenOutcome)
    expect(told).toEqual([{ status: 'no-keychain', fault: 'absent', help: 'Install gnome-keyring.' }])
    keychain.get = get
    expect(await vault.state()).toEqual({ status: 'new' })
  })
})

describe('C1 a keychain that can’t be used', () => {
  const help = 'Install gnome-keyring.'

  test('C1 that could not be opened is an outcome, and one that was while unlocked tells nothing', async () => {
    const { vault, keychain, told } = await unlocked()
    expect(await vault.openKeychain()).toEqual(done)
    expect(told).toEqual([])
    keychain.open = isBroken
    expect(await vault.openKeychain()).toEqual(brokenOutcome)
  })

  test('C1 is looked at each second until something else is wrong with it, which is told', async () => {
    const keychain = createMemoryKeychain()
    let fault: unknown = broken
    let looks = 0
    const { vault, time, told } = setting({
      keychain: {
        ...keychain,
        get: (account) => (fault ? Promise.reject(fault) : keychain.get(account)),
        look: async () => {
          looks += 1
          if (fault) throw fault
        },
      },
    })
    expect(await vault.state()).toEqual({ status: 'no-keychain', fault: 'absent', help })
    time.pass(999)
    expect(looks).toBe(0)
    time.pass(1)
    await vi.waitFor(() => expect(time.waiting).toBe(1))
    expect([looks, told]).toEqual([1, []])
    fault = new KeychainError('It is locked.', 'locked')
    time.pass(1000)
    await vi.waitFor(() =>
      expect(told).toEqual([{ status: 'no-keychain', fault: 'locked', help: 'It is locked.' }]),
    )
    expect(time.waiting).toBe(1)
    // What is no fault of the keychain’s own changes nothing.
    const before = looks
    fault = new TypeError('a bug')
    time.pass(1000)
    await vi.waitFor(() => expect(time.waiting).toBe(1))
    expect([looks, told]).toEqual([before + 1, [expect.anything()]])
    fault = undefined
    time.pass(1000)
    await vi.waitFor(() => expect(told).toHaveLength(2))
    expect(told[1]).toEqual({ status: 'new' })
    expect(time.waiting).toBe(0)
  })

  test('C1 that can’t be looked at without asking the person is not looked at: the window asks', async () => {
    const { vault, time, keychain, told } = setting()
    const { get } = keychain
    keychain.get = isBroken
    await vault.state()
    time.pass(5000)
    await new Promise(setImmediate)
    expect([told, time.waiting]).toEqual([[], 0])
    keychain.get = get
    expect(await vault.state()).toEqual({ status: 'new' })
  })

  test('C1 that the window asks about itself is looked at once a second all the same, not twice', async () => {
    const { vault, time, keychain } = setting()
    keychain.get = isBroken
    await vault.state()
    await vault.state()
    expect(time.waiting).toBe(1)
  })

  test('a bug on the way to the keychain stays one, and the next question finds out anew', async () => {
    const { vault, keychain } = setting()
    const { get } = keychain
    keychain.get = () => Promise.reject(new TypeError('a bug'))
    await expect(vault.state()).rejects.toThrow('a bug')
    keychain.get = get
    expect(await vault.state()).toEqual({ status: 'new' })
  })

  test('C1 where only the count of tries can’t be read it says so too, and it is asked again', async () => {
    const { ports } = await unlocked()
    const { keychain } = ports
    const { get } = keychain
    keychain.get = (account) => (account === 'attempts' ? isBroken() : get(account))
    const restarted = createVault(ports)
    expect(await restarted.state()).toEqual({ status: 'no-keychain', fault: 'absent', help })
    keychain.get = get
    expect(await restarted.state()).toEqual(lockedFor('restart'))
  })

  test('C1 where unlocking failed for another reason the lock stays on the screen', async () => {
    const { vault, keychain, told } = await unlocked()
    Object.assign(keychain, { look: async () => {} })
    vault.lock('manual')
    told.length = 0
    keychain.entries.delete('manifest')
    expect(await vault.unlock(passphrase)).toMatchObject({ ok: false })
    expect(told).toEqual([])
    expect(await vault.state()).toEqual(lockedFor('manual'))
  })
})

describe('C4 the clipboard', () => {
  function clipboard() {
    const port = {
      text: 'from before',
      readText: async () => port.text,
      writeText: async (text: string) => {
        port.text = text
      },
    }
    return port
  }

  test('C4 is left alone where there is none to copy to', async () => {
    const { vault, logged } = await unlocked()
    await vault.copy('a session id')
    vault.lock('manual')
    await vault.clipboardCleared()
    expect(logged).toEqual([])
  })

  test('C4 is cleared by the time that is said, and where it fails that is logged', async () => {
    const port = clipboard()
    const { vault, logged } = await unlocked({ clipboard: port })
    await vault.copy('a session id')
    vault.lock('manual')
    await vault.clipboardCleared()
    expect(port.text).toBe('')
    await vault.unlock(passphrase)
    await vault.copy('another')
    const fault = new Error('gone')
    port.readText = () => Promise.reject(fault)
    vault.lock('manual')
    await vault.clipboardCleared()
    expect(logged[0]).toEqual(['Clearing the clipboard failed', fault])
  })
})

test('C4 a listener to the clipboard is told whose it is, and one that fails goes to the log, as a clearing does', async () => {
  const port = { readText: async () => 'from before', writeText: async () => {} }
  const told: boolean[] = []
  const fault = new Error('gone')
  const { vault, logged, time } = await unlocked({
    clipboard: port,
    onClipboard(ours) {
      told.push(ours)
      throw fault
    },
  })
  await vault.copy('a session id')
  expect(told).toEqual([true])
  expect(logged).toEqual([['A listener to the clipboard failed', fault]])
  port.readText = () => Promise.reject(fault)
  time.passThrottled(31_000)
  time.pass(1_000)
  await vi.waitFor(() =>
    expect(logged.slice(1)).toEqual([['Clearing the clipboard failed; it is tried again', fault]]),
  )
})

test('C4 a clipboard that could not be cleared at the lock is tried once more when the app ends', async () => {
  const port = {
    text: '',
    readText: async () => port.text,
    writeText: async (text: string) => {
      port.text = text
    },
  }
  const { vault, logged } = await unlocked({ clipboard: port })
  await vault.copy('a session id')
  const { readText } = port
  const fault = new Error('gone')
  port.readText = () => Promise.reject(fault)
  vault.lock('manual')
  await vi.waitFor(() => expect(logged).toHaveLength(1))
  await vault.clipboardCleared()
  const failed = ['Clearing the clipboard failed', fault]
  expect(logged).toEqual([failed, failed])
  port.readText = readText
  await vault.clipboardCleared()
  expect(port.text).toBe('')
})

describe('B8 a keyring that was changed outside Curfew', () => {
  const remedy =
    'Restore your keychain from a backup, or choose “Forget everything” and add your instances again.'
  const deleted = (entry: string) => ({
    ok: false,
    problem: {
      code: 'keychain-unavailable',
      message: `The entry “${entry}” of Curfew’s keyring was deleted from the keychain. ${remedy}`,
    },
  })

  test('B8 tells what can be done about it, where it is to be unlocked and where its passphrase is changed', async () => {
    const { vault, keychain } = await unlocked()
    keychain.entries.delete('keyring')
    expect(await vault.changePassphrase(passphrase, next, { replaceKey: false })).toEqual(deleted('keyring'))
    vault.lock('manual')
    expect(await vault.unlock(passphrase)).toEqual(deleted('keyring'))
  })
})

test('C4 the right passphrase ends the count of wrong ones, at once and for the next start', async () => {
  const { vault, ports } = await unlocked()
  vault.lock('manual')
  for (let tries = 1; tries <= 3; tries += 1) await vault.unlock('not this one')
  expect(await vault.unlock(passphrase)).toEqual({ ok: true, value: { outcome: 'unlocked' } })
  vault.lock('manual')
  const wrong = { ok: true, value: { outcome: 'wrong-passphrase', retryInMs: 0 } }
  expect(await vault.unlock('not this one')).toEqual(wrong)
  expect(await createVault(ports).unlock('not this one')).toEqual(wrong)
})

test('C4 a passphrase that was chosen is no reason to look at the keychain', async () => {
  const { vault, keychain, told } = setting()
  Object.assign(keychain, { look: isBroken })
  expect(await vault.setUp(passphrase)).toEqual(done)
  expect(told.map(({ status }) => status)).toEqual(['unlocked'])
})

describe('C1 forgetting everything', () => {
  test('C1 locks first, forgets what was typed, and tells the window that all begins anew', async () => {
    const { vault, told } = await unlocked()
    const reasons: string[] = []
    vault.onLocked((reason) => {
      reasons.push(reason)
    })
    vault.drafts.keep('form', 'text')
    expect(await vault.forgetEverything()).toEqual(done)
    expect(reasons).toEqual(['manual'])
    expect(told.at(-1)).toEqual({ status: 'new' })
    await vault.setUp(passphrase)
    expect(vault.drafts.take('form')).toBeUndefined()
  })

  test('C1 goes on where one cache could not be deleted: the others are, and it is said at the end', async () => {
    const { vault, logged, keychain, told } = await unlocked()
    const fault = new Error('EBUSY')
    const deleted: string[] = []
    vault.onForget(() => Promise.reject(fault))
    vault.onForget(async () => {
      deleted.push('the second')
    })
    expect(await vault.forgetEverything()).toEqual({
      ok: false,
      problem: {
        code: 'internal',
        message:
          'The keychain was cleared, but not every cached file could be deleted. They can’t be opened any more.',
      },
    })
    expect(deleted).toEqual(['the second'])
    expect(logged).toEqual([['Deleting what is cached failed', fault]])
    expect(keychain.entries.size).toBe(0)
    expect(told.at(-1)).toEqual({ status: 'new' })
  })

  test('C1 with a keychain that fails deletes no cache: it is said, and can be asked for again', async () => {
    const { vault, keychain } = await unlocked()
    let deleted = 0
    vault.onForget(() => {
      deleted += 1
    })
    const { delete: remove } = keychain
    keychain.delete = isBroken
    expect(await vault.forgetEverything()).toEqual(brokenOutcome)
    expect([deleted, vault.isUnlocked()]).toEqual([0, false])
    keychain.delete = remove
    expect(await vault.forgetEverything()).toEqual(done)
    expect([deleted, keychain.entries.size]).toEqual([1, 0])
  })

  test('C1 with a keychain that fails when the caches are gone says so', async () => {
    const { vault, keychain } = await unlocked()
    vault.onForget(() => {
      keychain.delete = isBroken
    })
    expect(await vault.forgetEverything()).toEqual(brokenOutcome)
  })

  test('C1 where the count of tries can’t be begun anew it is logged, and all is forgotten', async () => {
    const { vault, attemptsStore, keychain, logged } = await unlocked()
    const fault = new Error('disk full')
    attemptsStore.write = () => Promise.reject(fault)
    const { set } = keychain
    keychain.set = async (account, value) => {
      if (account === 'attempts') throw fault
      await set(account, value)
    }
    expect(await vault.forgetEverything()).toEqual(done)
    expect(logged).toEqual([['Storing the count of tries failed', fault]])
  })
})

test('C4 what happens while it is unlocked and does not lock tells the window how long is left', async () => {
  const { vault, told, time } = await unlocked()
  time.passThrottled(minute)
  vault.happened('focus')
  expect(told).toEqual([{ status: 'unlocked', locksInMs: 9 * minute, warning: false }])
  vault.activity()
  expect(told.at(-1)).toEqual({ status: 'unlocked', locksInMs: 10 * minute, warning: false })
  expect(await vault.state()).toEqual({ status: 'unlocked', locksInMs: 10 * minute, warning: false })
})
