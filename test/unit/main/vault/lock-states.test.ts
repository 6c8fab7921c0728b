import { expect, test } from 'vitest'
import type { LockState } from '../../../../domain/lock.ts'
import { type Keychain, KeychainError } from '../../../../main/keychain/keychain.ts'
import type { IdleLockState } from '../../../../main/vault/idle-lock.ts'
import { createLockStates } from '../../../../main/vault/lock-states.ts'
import { createMemoryKeychain } from '../../../support/memory-keychain.ts'
import { createVirtualTime } from '../../../support/virtual-time.ts'

const locked: IdleLockState = { status: 'locked', reason: 'restart' }
const unlocked: IdleLockState = { status: 'unlocked', locksInMs: 60_000, warning: false }

function setting(look?: Keychain['look']) {
  const keychain = createMemoryKeychain()
  const time = createVirtualTime()
  const told: LockState[] = []
  const logged: (readonly [string, unknown])[] = []
  const surroundings = {
    idle: locked,
    asked: 0,
    status: async (): Promise<'new' | 'sealed' | 'damaged'> => 'sealed',
  }
  const states = createLockStates({
    keychain: look ? { ...keychain, look } : keychain,
    keyring: {
      status() {
        surroundings.asked += 1
        return surroundings.status()
      },
    },
    attempts: { load: async () => {}, retryInMs: () => 0 },
    idle: () => ({ check: () => surroundings.idle === unlocked, state: () => surroundings.idle }),
    resealing: () => undefined,
    after: time.after,
    listeners: new Set([(state: LockState) => void told.push(state)]),
    log: (what, error) => logged.push([what, error]),
  })
  return { states, keychain, time, told, logged, surroundings }
}
const lockedState = { ...locked, retryInMs: 0 }
const settled = () => new Promise(setImmediate)

test('C4 whether there is a passphrase is asked of the keychain once, and nothing is written where there is one', async () => {
  const { states, keychain, surroundings } = setting()
  for (const status of ['sealed', 'damaged'] as const) {
    states.unknown()
    surroundings.status = async () => status
    expect(await states.read()).toEqual(lockedState)
    expect(await states.read()).toEqual(lockedState)
    expect(states.isNew()).toBe(false)
  }
  expect([surroundings.asked, keychain.writes]).toEqual([2, 0])
})

test('C4 while unlocked the keychain is not asked', async () => {
  const { states, surroundings } = setting()
  surroundings.idle = unlocked
  expect(await states.read()).toEqual(unlocked)
  expect(surroundings.asked).toBe(0)
})

test('C4 nobody is told that it is locked before it is known whether there is a passphrase', async () => {
  const { states, told } = setting()
  states.tell(locked)
  expect(told).toEqual([])
  states.tell(unlocked)
  await states.read()
  states.tell(locked)
  expect(told).toEqual([unlocked, lockedState])
})

test('C1 a keychain that can’t be looked at without asking the person is not taken for a failing one', async () => {
  const { states, told } = setting()
  await states.read()
  await states.tellIfKeychainFails()
  expect(told).toEqual([])
})

test('C1 a keychain that looks well and fails all the same is told of when it fails otherwise, and not before', async () => {
  const { states, time, told, logged, surroundings } = setting(async () => {})
  const failing = (fault: 'absent' | 'locked') => {
    surroundings.status = () => Promise.reject(new KeychainError('Words.', fault))
  }
  failing('absent')
  expect(await states.read()).toEqual({ status: 'no-keychain', fault: 'absent', help: 'Words.' })
  time.pass(1000)
  await settled()
  expect([told, surroundings.asked]).toEqual([[], 2])
  failing('locked')
  time.pass(1000)
  await settled()
  expect(told).toEqual([{ status: 'no-keychain', fault: 'locked', help: 'Words.' }])
  surroundings.status = async () => 'sealed'
  time.pass(1000)
  await settled()
  expect(told.slice(1)).toEqual([lockedState])
  expect(logged).toEqual([])
})

test('a bug that comes to light while the keychain is looked at goes to the log', async () => {
  const { states, time, logged, surroundings } = setting(async () => {})
  surroundings.status = () => Promise.reject(new KeychainError('Words.', 'absent'))
  await states.read()
  const bug = new Error('bug')
  surroundings.status = () => Promise.reject(bug)
  time.pass(1000)
  await settled()
  expect(logged).toEqual([['Looking at the keychain failed', bug]])
})
