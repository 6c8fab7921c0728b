import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createClock } from '../../service/clock.ts'
import { startService } from './support.ts'

function twoClocks() {
  let wall = 1_000_000_000
  let elapsed = 0
  return {
    wall: () => wall,
    elapsed: () => elapsed,
    pass: (milliseconds: number) => {
      wall += milliseconds
      elapsed += milliseconds
    },
    set: (milliseconds: number) => {
      wall += milliseconds
    },
  }
}

test('A clock set back does not turn time back: what really passes is counted on', () => {
  const clocks = twoClocks()
  const clock = createClock(clocks)
  const start = clock()
  clocks.pass(10_000)
  expect(clock()).toBe(start + 10_000)
  clocks.set(-3_600_000)
  expect(clock()).toBe(start + 10_000)
  clocks.pass(5_000)
  expect(clock()).toBe(start + 15_000)
})

test('A clock set forward is followed: sessions end early rather than late', () => {
  const clocks = twoClocks()
  const clock = createClock(clocks)
  const start = clock()
  clocks.set(3_600_000)
  expect(clock()).toBe(start + 3_600_000)
})

test('A demo’s clock runs as many times faster, and goes on where it was after a restart', () => {
  const clocks = twoClocks()
  const clock = createClock({ ...clocks, scale: 60 })
  const start = clock()
  clocks.pass(20_000)
  expect(clock()).toBe(start + 20 * 60_000)
  const again = createClock({ ...clocks, scale: 60, notBefore: clock() + 5 })
  expect(again()).toBe(clock() + 5)
})

test('K5: a clock set back while the service is stopped revives nobody and lengthens nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'curfew-clock-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const noon = Date.UTC(2026, 4, 4, 12)
  let idle: string
  let active: string
  {
    const service = await startService({ folder, at: noon })
    await service.addUser('bea')
    idle = (await service.signIn('bea')).token
    service.pass(1_200)
    active = (await service.signIn('owner')).token
    await service[Symbol.asyncDispose]()
  }
  {
    // Two hours back. The service says so on its log, which the support takes for an error.
    const service = await startService({ folder, at: noon - 7_200_000 })
    const me = (token: string) => service.call('GET', 'me', undefined, { authorization: `Bearer ${token}` })
    expect((await me(idle)).body.reason).toBe('idle')
    expect((await me(active)).status).toBe(200)
    service.pass(1_200)
    expect((await me(active)).body.reason).toBe('idle')
    await expect(service[Symbol.asyncDispose]()).rejects.toThrow('set back')
  }
})
