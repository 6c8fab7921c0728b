import { expect, test } from 'vitest'
import { createIdleLock } from '../../../../main/vault/idle-lock.ts'
import { createVirtualTime } from '../../../support/virtual-time.ts'

test('C4 the check before each privileged call takes less than 20 µs', () => {
  const { clock, after } = createVirtualTime()
  const settings = { autoLockMinutes: 10, lockOnSuspend: true, lockOnScreenLock: true, lockOnMinimise: false }
  const lock = createIdleLock({
    clock,
    after,
    settings: () => settings,
    onLock: () => {},
    onChange: () => {},
  })
  lock.open(lock.begin())
  // By the processor's time: what else the computer does meanwhile does not count.
  const started = process.cpuUsage()
  for (let count = 0; count < 20_000; count += 1) lock.check()
  expect(lock.check()).toBe(true)
  const { user, system } = process.cpuUsage(started)
  expect((user + system) / 20_000).toBeLessThan(20)
})
