import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createIdleLock, type LockEvent } from '../../../../main/vault/idle-lock.ts'
import { runsOf } from '../../../support/runs.ts'
import { createVirtualTime } from '../../../support/virtual-time.ts'

/** A step back of the clock this small can't be told from the clocks' own jitter. */
const jitter = 250

/** What may happen to the app, in any order. Times are milliseconds. */
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), by: fc.integer({ min: 0, max: 90_000 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('throttled' as const),
      by: fc.integer({ min: 0, max: 90_000 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('sleep' as const), by: fc.integer({ min: 0, max: 200_000 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('set-clock' as const),
      by: fc.oneof(
        fc.integer({ min: -200_000, max: 200_000 }),
        fc.constantFrom(-1, -100, -jitter, -1000, -2000, -2001, 1),
      ),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('input' as const) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('call' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('event' as const),
      event: fc.constantFrom<LockEvent>(
        'suspend',
        'resume',
        'screen-lock',
        'minimise',
        'focus',
        'settings-changed',
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('limit' as const), minutes: fc.integer({ min: 1, max: 4 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('idle-computer' as const),
      by: fc.integer({ min: 0, max: 300_000 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lock' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('unlock' as const) }) },
  // A dialog is open, or a listener hangs on to something: what listens throws from now on.
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('veto' as const) }) },
  // The app ends and starts again.
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash' as const) }) },
)

/**
 * Time as it really passes, which no clock of the computer tells: from it and from what the wall clock said, the
 * model knows what the lock must not allow, without being told how the lock is made.
 */
test('C4 whatever happens, no privileged call succeeds past the limit, and input within it never locks', () => {
  let callsLetIn = 0
  let callsRefused = 0
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 40 }), (steps) => {
      const time = createVirtualTime()
      const settings = {
        autoLockMinutes: 2,
        lockOnSuspend: true,
        lockOnScreenLock: true,
        lockOnMinimise: false,
        lockOnSystemIdle: true,
      }
      let vetoed = false
      const start = () =>
        createIdleLock({
          clock: time.clock,
          after: time.after,
          settings: () => settings,
          onLock: () => {
            if (vetoed) throw new Error('vetoed')
          },
          onChange: () => {
            if (vetoed) throw new Error('vetoed')
          },
        })
      let lock = start()

      let real = 0
      /** When the last input was that the lock may count: in real time. */
      let lastInput = 0
      /** Whether anything since then gives the lock a reason, so that being locked is not a fault. */
      let excused = true
      let open = false
      /** How far the wall clock has been set since the last input, up and down. */
      let setSince = 0
      /** The largest limit in force since the last input. */
      let largest = settings.autoLockMinutes

      const called = (shortest = settings.autoLockMinutes) => {
        const letIn = lock.check()
        if (letIn) callsLetIn += 1
        else callsRefused += 1
        const idle = real - lastInput
        if (letIn) {
          expect(open, 'let in though never unlocked, or locked since').toBe(true)
          expect(idle, 'let in past the limit').toBeLessThan(largest * 60_000 + jitter)
        }
        if (!letIn && open) {
          const smallest = shortest * 60_000
          const withinLimit = idle < smallest && idle + Math.max(0, setSince) < smallest
          expect(withinLimit && !excused, 'locked though there was input within the limit').toBe(false)
        }
        if (!letIn) open = false
        return letIn
      }

      for (const { kind, ...rest } of steps) {
        const by = 'by' in rest ? rest.by : 0
        switch (kind) {
          case 'pass':
            time.pass(by)
            real += by
            break
          case 'throttled':
            time.passThrottled(by)
            real += by
            break
          case 'sleep':
            time.sleep(by)
            real += by
            break
          case 'set-clock':
            // Whoever sets it is awake with the computer for a second before and after, and a timer fires.
            time.pass(1000)
            time.setClock(by)
            time.pass(1000)
            real += 2000
            setSince += Math.max(0, by)
            // Set back, the lock may lock at once.
            if (by < 0) excused = true
            break
          case 'input':
            lock.activity()
            // It counts where the app was rightly open at that moment; the check says whether it was.
            if (called()) {
              lastInput = real
              setSince = 0
              largest = settings.autoLockMinutes
            }
            break
          case 'call':
            called()
            break
          case 'event': {
            const event = 'event' in rest ? rest.event : 'focus'
            lock.happened(event)
            if (event === 'suspend' || event === 'screen-lock') {
              expect(lock.check()).toBe(false)
              open = false
            }
            break
          }
          case 'limit': {
            const before = settings.autoLockMinutes
            settings.autoLockMinutes = 'minutes' in rest ? rest.minutes : 2
            lock.happened('settings-changed')
            // A deadline that has passed by the old limit stays passed.
            if (called(Math.min(before, settings.autoLockMinutes))) largest = settings.autoLockMinutes
            break
          }
          case 'idle-computer':
            lock.systemIdle(by)
            if (by >= settings.autoLockMinutes * 60_000) {
              expect(lock.check()).toBe(false)
              open = false
            }
            break
          case 'lock':
            lock.lock('manual')
            expect(lock.check()).toBe(false)
            open = false
            break
          case 'veto':
            vetoed = true
            break
          case 'crash':
            lock = start()
            open = false
            expect(lock.check()).toBe(false)
            break
          case 'unlock':
            if (lock.check()) break
            expect(lock.open(lock.begin())).toBe(true)
            open = true
            excused = false
            lastInput = real
            setSince = 0
            largest = settings.autoLockMinutes
            break
        }
      }
      called()
    }),
    { numRuns: runsOf(10_000) },
  )
  // The model is worth something only where both happen often.
  expect(callsLetIn).toBeGreaterThan(runsOf(10_000))
  expect(callsRefused).toBeGreaterThan(runsOf(10_000))
})
