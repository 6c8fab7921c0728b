import { describe, expect, test } from 'vitest'
import { createIdleLock, type IdleLockState, type LockEvent } from '../../../../main/vault/idle-lock.ts'
import { createVirtualTime } from '../../../support/virtual-time.ts'

const minute = 60_000

function lockWith(changes: Partial<typeof defaults> = {}) {
  const time = createVirtualTime()
  const settings = { ...defaults, ...changes }
  const locks: string[] = []
  const states: IdleLockState[] = []
  const lock = createIdleLock({
    clock: time.clock,
    after: time.after,
    settings: () => settings,
    onLock: (reason) => locks.push(reason),
    onChange: (state) => states.push(state),
  })
  return { time, settings, locks, states, lock, open: () => lock.open(lock.begin()) }
}

const defaults = {
  autoLockMinutes: 10,
  lockOnSuspend: true,
  lockOnScreenLock: true,
  lockOnMinimise: false,
  lockOnSystemIdle: true,
}

describe('C4 the idle lock', () => {
  test('C4 begins locked, because of the restart', () => {
    const { lock } = lockWith()
    expect(lock.check()).toBe(false)
    expect(lock.state()).toEqual({ status: 'locked', reason: 'restart' })
  })

  test('C4 locks by itself at the limit, not before and within the second', () => {
    const { time, lock, locks, open } = lockWith()
    open()
    time.pass(10 * minute - 1)
    expect(locks).toEqual([])
    time.pass(2)
    expect(locks).toEqual(['idle'])
    expect(lock.state()).toEqual({ status: 'locked', reason: 'idle' })
    expect(time.waiting).toBe(0)
  })

  test('C4 refuses a privileged call at the limit though no timer has fired', () => {
    const { time, lock, locks, open } = lockWith()
    open()
    time.passThrottled(10 * minute - 1)
    expect(lock.check()).toBe(true)
    time.passThrottled(1)
    expect(lock.check()).toBe(false)
    expect(locks).toEqual(['idle'])
  })

  test('C4 stays open as long as there is input within the limit', () => {
    const { time, lock, open } = lockWith({ autoLockMinutes: 1 })
    open()
    for (let count = 0; count < 100; count += 1) {
      time.pass(minute - 1)
      lock.activity()
    }
    expect(lock.check()).toBe(true)
  })

  test('C4 takes no input that comes after the limit', () => {
    const { time, lock, locks, open } = lockWith()
    open()
    time.passThrottled(10 * minute)
    lock.activity()
    expect(locks).toEqual(['idle'])
    lock.activity()
    expect(lock.check()).toBe(false)
  })

  test('C4 locks after a sleep longer than the limit, at the first look, even where no event told of it', () => {
    const { time, lock, locks, open } = lockWith({ lockOnSuspend: false })
    open()
    time.sleep(10 * minute)
    expect(locks).toEqual([])
    lock.happened('resume')
    expect(locks).toEqual(['idle'])
  })

  test('C4 is checked on resume, focus, minimise and a change of settings', () => {
    for (const event of ['resume', 'focus', 'minimise', 'settings-changed'] satisfies LockEvent[]) {
      const { time, lock, locks, open } = lockWith()
      open()
      time.passThrottled(11 * minute)
      lock.happened(event)
      expect(locks, event).toEqual(['idle'])
    }
  })

  test('C4 locks when the clock is set forward past the limit', () => {
    const { time, lock, open } = lockWith()
    open()
    time.setClock(60 * minute)
    expect(lock.check()).toBe(false)
  })

  test('C4 locks when the clock is set back: idle time could not be told any more', () => {
    const { time, lock, locks, open } = lockWith()
    open()
    time.setClock(-60 * minute)
    expect(lock.check()).toBe(false)
    expect(locks).toEqual(['clock'])
  })

  test('C4 locks when the clock is set back to a time after the last input too', () => {
    const { time, lock, locks, open } = lockWith()
    open()
    time.pass(5 * minute)
    time.setClock(-3 * minute)
    lock.happened('focus')
    expect(locks).toEqual(['clock'])
  })

  test('C4 bears a clock that the network corrects by a second, and the limit holds all the same', () => {
    const { time, lock, locks, open } = lockWith()
    open()
    time.pass(minute)
    time.setClock(-1000)
    expect(lock.check()).toBe(true)
    time.passThrottled(9 * minute)
    expect(lock.check()).toBe(false)
    expect(locks).toEqual(['idle'])
  })

  test('C4 makes up for such a correction, so that a sleep after it does not come cheaper', () => {
    const { time, lock, open } = lockWith()
    open()
    time.pass(1000)
    time.setClock(-1500)
    time.pass(1000)
    time.sleep(10 * minute - 2001)
    expect(lock.check()).toBe(true)
    time.sleep(1)
    expect(lock.check()).toBe(false)
  })

  test('C4 makes up for many small corrections too', () => {
    const { time, lock, open } = lockWith()
    open()
    for (let count = 0; count < 8; count += 1) {
      time.pass(1000)
      time.setClock(-200)
    }
    time.pass(1000)
    time.sleep(10 * minute - 9000 + 250)
    expect(lock.check()).toBe(false)
  })

  test('C4 is not mistaken about clocks that are only coarse, however often it looks', () => {
    const { time, lock, locks, open } = lockWith()
    const { wall } = time.clock
    Object.assign(time.clock, { wall: () => Math.floor(wall() / 60) * 60 })
    open()
    for (let count = 0; count < 10_000; count += 1) {
      time.passThrottled(7)
      lock.check()
    }
    expect(locks).toEqual([])
    expect(lock.state()).toMatchObject({ locksInMs: expect.closeTo(10 * minute - 70_000, -2) })
  })

  test('C4 fails closed where a clock gives no number', () => {
    const { lock, locks, open, time } = lockWith()
    open()
    Object.assign(time.clock, { monotonic: () => Number.NaN })
    expect(lock.check()).toBe(false)
    expect(locks).toEqual(['idle'])
  })

  test('C4 takes a limit out of bounds, or none at all, for the nearest that is allowed', () => {
    for (const [minutes, limit] of [
      [Number.NaN, 1],
      [0, 1],
      [-5, 1],
      [Number.POSITIVE_INFINITY, 1],
      [100_000, 240],
    ] as const) {
      const { time, lock, open } = lockWith({ autoLockMinutes: minutes })
      open()
      time.passThrottled(limit * minute - 1)
      expect(lock.check(), `${minutes}`).toBe(true)
      time.passThrottled(1)
      expect(lock.check(), `${minutes}`).toBe(false)
    }
  })
})

describe('C4 what else locks', () => {
  test.each([
    ['suspend', 'lockOnSuspend'],
    ['screen-lock', 'lockOnScreenLock'],
    ['minimise', 'lockOnMinimise'],
  ] as const)('C4 %s locks if it was chosen, and names itself', (event, setting) => {
    for (const chosen of [true, false]) {
      const { lock, locks, open } = lockWith({ [setting]: chosen })
      open()
      lock.happened(event)
      expect(locks).toEqual(chosen ? [event] : [])
    }
  })

  test('C4 a switch of user always locks', () => {
    const { lock, locks, open } = lockWith({ lockOnSuspend: false, lockOnScreenLock: false })
    open()
    lock.happened('user-switch')
    expect(locks).toEqual(['user-switch'])
  })

  test('C4 an idle computer can only lock sooner: reporting none keeps nothing open', () => {
    const { time, lock, locks, open } = lockWith()
    open()
    for (let count = 0; count < 600; count += 1) {
      time.pass(1000)
      lock.systemIdle(0)
    }
    expect(locks).toEqual(['idle'])
    expect(open()).toBe(true)
    lock.systemIdle(10 * minute - 1)
    expect(lock.check()).toBe(true)
    lock.systemIdle(10 * minute)
    expect(lock.check()).toBe(false)
  })

  test('C4 an idle computer does not lock where that was not chosen', () => {
    const { lock, open } = lockWith({ lockOnSystemIdle: false })
    open()
    lock.systemIdle(60 * minute)
    expect(lock.check()).toBe(true)
  })

  test('C4 locking happens once: the first reason stays, later ones change nothing', () => {
    const { lock, locks, states, open } = lockWith()
    open()
    lock.lock('manual')
    lock.lock('idle')
    lock.happened('suspend')
    expect(locks).toEqual(['manual'])
    expect(states.filter(({ status }) => status === 'locked')).toHaveLength(1)
    expect(lock.state()).toEqual({ status: 'locked', reason: 'manual' })
  })

  test('C4 a lock that is asked for while it locks comes to the same one', () => {
    const time = createVirtualTime()
    const locks: string[] = []
    const lock = createIdleLock({
      clock: time.clock,
      after: time.after,
      settings: () => defaults,
      onLock(reason) {
        locks.push(reason)
        lock.lock('manual')
        lock.happened('suspend')
        expect(lock.check()).toBe(false)
      },
      onChange: () => {},
    })
    lock.open(lock.begin())
    lock.lock('screen-lock')
    expect(locks).toEqual(['screen-lock'])
  })

  test('C4 nothing that listens can keep it from locking', () => {
    const time = createVirtualTime()
    const lock = createIdleLock({
      clock: time.clock,
      after: time.after,
      settings: () => defaults,
      onLock() {
        throw new Error('unsaved changes')
      },
      onChange() {
        throw new Error('no window')
      },
    })
    lock.open(lock.begin())
    lock.lock('manual')
    expect(lock.check()).toBe(false)
    expect(lock.state()).toEqual({ status: 'locked', reason: 'manual' })
  })
})

describe('C4 unlocking', () => {
  test('C4 comes to nothing where something locked while the passphrase was being tried', () => {
    for (const trigger of ['suspend', 'screen-lock', 'user-switch'] satisfies LockEvent[]) {
      const { lock } = lockWith()
      const opening = lock.begin()
      lock.happened(trigger)
      expect(lock.open(opening), trigger).toBe(false)
      expect(lock.check()).toBe(false)
      expect(lock.open(lock.begin())).toBe(true)
    }
  })

  test('C4 comes to nothing where the limit passed while the passphrase was being tried', () => {
    const { time, lock } = lockWith()
    const opening = lock.begin()
    time.sleep(10 * minute)
    expect(lock.open(opening)).toBe(false)
    expect(lock.check()).toBe(false)
  })
})

describe('C4 the warning', () => {
  test('C4 shows 30 s before the lock, and input takes it away', () => {
    const { time, lock, states, open } = lockWith()
    open()
    time.pass(10 * minute - 30_001)
    expect(states.some((state) => state.status === 'unlocked' && state.warning)).toBe(false)
    time.pass(1)
    expect(states.at(-1)).toEqual({ status: 'unlocked', locksInMs: 30_000, warning: true })
    time.pass(10_000)
    lock.activity()
    expect(states.at(-1)).toEqual({ status: 'unlocked', locksInMs: 10 * minute, warning: false })
    time.pass(5 * minute)
    expect(lock.check()).toBe(true)
  })

  test('C4 does not hold up the lock: nobody answering, it locks 30 s later', () => {
    const { time, states, locks, open } = lockWith({ autoLockMinutes: 1 })
    open()
    time.pass(minute)
    expect(locks).toEqual(['idle'])
    expect(states.map((state) => (state.status === 'locked' ? 'locked' : state.warning))).toEqual([
      false,
      true,
      'locked',
    ])
  })
})

describe('C4 a change of settings', () => {
  test('C4 takes effect at once: a shorter limit that has passed already locks', () => {
    const { time, settings, lock, locks, open } = lockWith()
    open()
    time.pass(5 * minute)
    settings.autoLockMinutes = 4
    lock.happened('settings-changed')
    expect(locks).toEqual(['idle'])
  })

  test('C4 to a longer limit moves the deadline', () => {
    const { time, settings, lock, states, open } = lockWith()
    open()
    time.pass(5 * minute)
    settings.autoLockMinutes = 60
    lock.happened('settings-changed')
    expect(states.at(-1)).toMatchObject({ locksInMs: 55 * minute })
    time.pass(54 * minute)
    expect(lock.check()).toBe(true)
    time.pass(minute)
    expect(lock.check()).toBe(false)
  })

  test('C4 to a longer limit can’t bring back a deadline that has passed', () => {
    const { time, settings, lock, locks, open } = lockWith()
    open()
    time.passThrottled(11 * minute)
    settings.autoLockMinutes = 60
    expect(lock.check()).toBe(false)
    expect(locks).toEqual(['idle'])
  })
})

describe('C4 a clock that is set back', () => {
  test.each([
    [2000, true],
    [2001, false],
  ])('C4 by %i ms leaves it open: %s', (milliseconds, isOpen) => {
    const { time, lock, open } = lockWith()
    open()
    time.setClock(-milliseconds)
    expect(lock.check()).toBe(isOpen)
  })

  test('C4 locks also where it had been put forward by a sleep before', () => {
    const { time, lock, locks, open } = lockWith()
    open()
    time.sleep(5 * minute)
    expect(lock.check()).toBe(true)
    time.setClock(-2001)
    expect(lock.check()).toBe(false)
    expect(locks).toEqual(['clock'])
  })

  test('C4 is forgiven with the next input', () => {
    const { time, lock, open } = lockWith()
    open()
    for (let count = 0; count < 5; count += 1) {
      time.setClock(-1500)
      expect(lock.check()).toBe(true)
      lock.activity()
    }
    expect(lock.state()).toEqual({ status: 'unlocked', locksInMs: 10 * minute, warning: false })
  })

  test.each([
    [250, true],
    [251, false],
  ])('C4 by %i ms is what two clocks may differ by and is not made up for: %s', (milliseconds, isOpen) => {
    const { time, lock, open } = lockWith()
    open()
    time.setClock(-milliseconds)
    lock.check()
    time.sleep(10 * minute)
    expect(lock.check()).toBe(isOpen)
  })
})

test('C4 the lock looks once a second at most, at the very moments when something is due, and says only what is new', () => {
  const time = createVirtualTime()
  const delays: number[] = []
  const states: IdleLockState[] = []
  const lock = createIdleLock({
    clock: time.clock,
    after: (milliseconds, action) => {
      delays.push(milliseconds)
      return time.after(milliseconds, action)
    },
    settings: () => ({ ...defaults, autoLockMinutes: 1 }),
    onLock: () => {},
    onChange: (state) => states.push(state),
  })
  lock.open(lock.begin())
  time.passThrottled(500)
  lock.activity()
  expect(time.waiting).toBe(1)
  time.passThrottled(1300)
  time.pass(58_700)
  // A look that came 300 ms late, and so one that waits for just what is left until the warning.
  expect(delays.filter((milliseconds) => milliseconds !== 1000)).toEqual([700])
  expect(delays).toHaveLength(61)
  expect(states.map((state) => (state.status === 'locked' ? 'locked' : state.locksInMs))).toEqual([
    60_000,
    60_000,
    30_000,
    'locked',
  ])
})

test('C4 an idle computer locks also where the setting was never made, and is no matter while locked', () => {
  const { lockOnSystemIdle: _, ...unset } = defaults
  const time = createVirtualTime()
  const locks: string[] = []
  const lock = createIdleLock({
    clock: time.clock,
    after: time.after,
    settings: () => unset,
    onLock: (reason) => locks.push(reason),
    onChange: () => {},
  })
  const opening = lock.begin()
  lock.systemIdle(60 * minute)
  expect(lock.open(opening)).toBe(true)
  lock.systemIdle(10 * minute)
  expect(locks).toEqual(['idle'])
})

test('C4 whatever happens while it is open and does not lock, the window is told how long is left', () => {
  for (const event of [
    'suspend',
    'resume',
    'screen-lock',
    'minimise',
    'focus',
    'settings-changed',
  ] as const) {
    const { time, lock, states, open } = lockWith({ lockOnSuspend: false, lockOnScreenLock: false })
    open()
    time.passThrottled(minute)
    lock.happened(event)
    expect(states, event).toEqual([
      { status: 'unlocked', locksInMs: 10 * minute, warning: false },
      { status: 'unlocked', locksInMs: 9 * minute, warning: false },
    ])
    lock.lock('manual')
    lock.happened(event)
    expect(states.slice(2), event).toEqual([{ status: 'locked', reason: 'manual' }])
  }
})

test('C4 the check before each privileged call takes less than 20 µs', () => {
  const { lock, open } = lockWith()
  open()
  const started = performance.now()
  for (let count = 0; count < 20_000; count += 1) lock.check()
  expect(lock.check()).toBe(true)
  expect((performance.now() - started) / 20_000).toBeLessThan(0.02)
})
