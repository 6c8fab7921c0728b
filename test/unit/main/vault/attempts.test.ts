import { describe, expect, test } from 'vitest'
import { KeychainError } from '../../../../main/keychain/keychain.ts'
import { attemptsInKeychain, createAttempts, delayAfter } from '../../../../main/vault/attempts.ts'
import { createMemoryKeychain } from '../../../support/memory-keychain.ts'
import { createMemoryStore } from '../../../support/memory-store.ts'
import { createVirtualTime } from '../../../support/virtual-time.ts'

const minutes = 60_000

function setting(store = createMemoryStore()) {
  const time = createVirtualTime()
  const attempts = createAttempts({ clock: time.clock, stores: [store] })
  let guesses = 0
  const guess = (right: boolean) =>
    attempts.attempt(async () => {
      await attempts.count()
      guesses += 1
      return right ? 'unlocked' : 'wrong'
    })
  const fail = async (times: number) => {
    for (let count = 0; count < times; count += 1) {
      time.pass(attempts.retryInMs())
      await guess(false)
    }
  }
  return { time, attempts, store, guess, fail, guesses: () => guesses }
}

describe('C4 wrong passphrases', () => {
  test('C4 cost nothing for three, then a wait that doubles from 5 s to 15 minutes', () => {
    const delays = Array.from({ length: 14 }, (_, failures) => delayAfter(failures) / 1000)
    expect(delays).toEqual([0, 0, 0, 0, 5, 10, 20, 40, 80, 160, 320, 640, 900, 900])
  })

  test('C4 are told how long the wait is, and a right one ends the count', async () => {
    const { guess, fail, attempts, time } = setting()
    expect(await guess(false)).toEqual({ outcome: 'wrong', retryInMs: 0 })
    await fail(2)
    expect(await guess(false)).toEqual({ outcome: 'wrong', retryInMs: 5000 })
    time.pass(5000)
    expect(await guess(true)).toEqual({ outcome: 'right' })
    expect(attempts.retryInMs()).toBe(0)
    expect(await guess(false)).toEqual({ outcome: 'wrong', retryInMs: 0 })
  })

  test('C4 too soon are not tried at all, and do not lengthen the wait', async () => {
    const { guess, fail, time, guesses } = setting()
    await fail(4)
    time.pass(4000)
    expect(await guess(true)).toEqual({ outcome: 'too-soon', retryInMs: 1000 })
    expect(guesses()).toBe(4)
    time.pass(1000)
    expect(await guess(true)).toEqual({ outcome: 'right' })
  })

  test('C4 are counted before the guess begins: ending the app in the middle gains nothing', async () => {
    const { store, attempts, fail, time } = setting()
    await fail(3)
    void attempts.attempt(async () => {
      await attempts.count()
      return new Promise(() => {})
    })
    await new Promise(setImmediate)
    const restarted = createAttempts({ clock: time.clock, stores: [store] })
    await restarted.load()
    expect(restarted.retryInMs()).toBe(5000)
  })

  test('C4 at the same time are made one after the other, each counted', async () => {
    const { guess, fail, guesses } = setting()
    await fail(3)
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => guess(false)))
    expect(outcomes.filter(({ outcome }) => outcome === 'wrong')).toHaveLength(1)
    expect(guesses()).toBe(4)
  })

  test('C4 that failed before the passphrase was looked at are not counted; what fails after that is', async () => {
    const { attempts, fail } = setting()
    await fail(3)
    const broken = attempts.attempt(() => Promise.reject(new KeychainError('gone', 'absent')))
    await expect(broken).rejects.toThrow('gone')
    expect(attempts.retryInMs()).toBe(0)
    const late = attempts.attempt(async () => {
      await attempts.count()
      throw new KeychainError('gone', 'absent')
    })
    await expect(late).rejects.toThrow('gone')
    expect(attempts.retryInMs()).toBe(5000)
  })

  test('C4 outside an attempt can’t be made: what has to count them throws', async () => {
    const { attempts, guess } = setting()
    await expect(attempts.count()).rejects.toThrow('outside an attempt')
    await guess(false)
    await expect(attempts.count()).rejects.toThrow('outside an attempt')
  })

  test('C4 that are right without unlocking anything leave the count as it was', async () => {
    const { attempts, fail, guess, time } = setting()
    await fail(4)
    time.pass(5000)
    const right = attempts.attempt(() => attempts.count().then(() => 'right'))
    expect(await right).toEqual({ outcome: 'right' })
    expect(await guess(false)).toEqual({ outcome: 'wrong', retryInMs: 10_000 })
  })

  test('C4 of two runs of Curfew over one keychain count together', async () => {
    const { store, fail, time } = setting()
    const other = createAttempts({ clock: time.clock, stores: [store] })
    await other.load()
    await fail(4)
    expect(await other.attempt(async () => 'unlocked')).toEqual({ outcome: 'too-soon', retryInMs: 5000 })
  })

  test('C4 are remembered while Curfew runs, though what it has stored is deleted or replaced', async () => {
    for (const put of [undefined, { failures: 0, wall: 0, monotonic: 0 }]) {
      const { store, fail, guess, time } = setting()
      await fail(4)
      store.value = put
      expect(await guess(true)).toEqual({ outcome: 'too-soon', retryInMs: 5000 })
      // Nor when the wait is over: the next wrong one waits longer, not as if it were the first.
      time.pass(5000)
      store.value = put
      expect(await guess(false)).toEqual({ outcome: 'wrong', retryInMs: 10_000 })
    }
  })

  test.each([
    // The guess, whether it was counted before it was made, the count that it leaves, how often that is stored.
    ['wrong', true, 5, 1],
    ['wrong', false, 5, 1],
    ['right', true, 4, 2],
    ['right', false, 4, 0],
    ['unlocked', true, 0, 2],
    ['unlocked', false, 0, 1],
  ] as const)(
    'C4 after four: one that is %s (counted: %s) leaves %i, stored %i times',
    async (guess, isCounted, left, stored) => {
      const { attempts, store, fail, time } = setting()
      await fail(4)
      time.pass(5000)
      const { write } = store
      let writes = 0
      store.write = async (value) => {
        writes += 1
        await write.call(store, value)
      }
      const made = attempts.attempt(async () => {
        if (isCounted) await attempts.count()
        return guess
      })
      expect((await made).outcome).toBe(guess === 'wrong' ? 'wrong' : 'right')
      expect(store.value).toMatchObject({ failures: left })
      expect(writes).toBe(stored)
    },
  )

  test('C4 right before a wrong one have ended the count by then, however slowly that is stored', async () => {
    const { store, fail, guess, time } = setting()
    await fail(4)
    time.pass(5000)
    const { write } = store
    store.write = async (value) => {
      await new Promise(setImmediate)
      await write.call(store, value)
    }
    expect(await guess(true)).toEqual({ outcome: 'right' })
    expect(await guess(false)).toEqual({ outcome: 'wrong', retryInMs: 0 })
    expect(store.value).toMatchObject({ failures: 1 })
  })

  test('C4 are counted in memory alone where there is no place to store them', async () => {
    const time = createVirtualTime()
    const attempts = createAttempts({ clock: time.clock, stores: [] })
    const wrong = () => attempts.attempt(() => attempts.count().then(() => 'wrong'))
    for (const retryInMs of [0, 0, 0, 5000]) expect(await wrong()).toEqual({ outcome: 'wrong', retryInMs })
  })

  test('C4 are not forgotten over a restart of the app', async () => {
    const { store, fail, time } = setting()
    await fail(6)
    time.passThrottled(7000)
    const restarted = createAttempts({ clock: time.clock, stores: [store] })
    await restarted.load()
    expect(restarted.retryInMs()).toBe(13_000)
  })
})

describe('C4 the wait', () => {
  test('C4 can’t be shortened by setting the clock forward, nor by sleep', async () => {
    const { attempts, fail, time } = setting()
    await fail(12)
    time.setClock(24 * 60 * minutes)
    expect(attempts.retryInMs()).toBe(15 * minutes)
    time.sleep(60 * minutes)
    expect(attempts.retryInMs()).toBe(15 * minutes)
    time.pass(10 * minutes)
    expect(attempts.retryInMs()).toBe(5 * minutes)
  })

  test('C4 begins anew, and not for ever, when the clock is set back', async () => {
    const { attempts, fail, time } = setting()
    await fail(12)
    time.pass(10 * minutes)
    time.setClock(-365 * 24 * 60 * minutes)
    expect(attempts.retryInMs()).toBe(15 * minutes)
    time.pass(15 * minutes)
    expect(attempts.retryInMs()).toBe(0)
  })

  test('C4 goes by the time of day after a restart of the computer, when the other clock begins anew', async () => {
    const { store, fail, time } = setting()
    await fail(12)
    time.sleep(10 * minutes)
    const clock = { wall: time.clock.wall, monotonic: () => 5 }
    const restarted = createAttempts({ clock, stores: [store] })
    await restarted.load()
    expect(restarted.retryInMs()).toBe(5 * minutes)
  })
})

describe('C4 the stored count', () => {
  test.each(['garbage', null, {}, { failures: -1, wall: 0, monotonic: 0 }, { failures: 0 }, []])(
    'C4 that is no count (%j) is taken for the worst: the longest wait',
    async (value) => {
      const { attempts, guess, guesses } = setting(createMemoryStore(value))
      await attempts.load()
      expect(await guess(true)).toEqual({ outcome: 'too-soon', retryInMs: 15 * minutes })
      expect(guesses()).toBe(0)
    },
  )

  test('C4 that can’t be read is taken for the worst too', async () => {
    const store = createMemoryStore()
    store.read = () => Promise.reject(new Error('EIO'))
    const { guess } = setting(store)
    expect(await guess(true)).toEqual({ outcome: 'too-soon', retryInMs: 15 * minutes })
  })

  test('C4 that can’t be read is still not forgotten at the start after next', async () => {
    const store = createMemoryStore('garbage')
    const { attempts, time } = setting(store)
    await attempts.load()
    expect(store.value).toMatchObject({ failures: 12 })
    const restarted = createAttempts({ clock: time.clock, stores: [store] })
    await restarted.load()
    expect(restarted.retryInMs()).toBe(15 * minutes)
  })

  test('C4 is kept in the keychain and in a file: deleting or replacing one of them gains nothing', async () => {
    const keychain = createMemoryKeychain()
    const file = createMemoryStore()
    const time = createVirtualTime()
    const create = () => createAttempts({ clock: time.clock, stores: [file, attemptsInKeychain(keychain)] })
    const first = create()
    for (let count = 0; count < 6; count += 1) {
      time.pass(first.retryInMs())
      await first.attempt(async () => {
        await first.count()
        return 'wrong'
      })
    }
    const good = { file: file.value, entry: keychain.entries.get('attempts') ?? '' }
    expect(good.file).toEqual(JSON.parse(good.entry))

    for (const [fileValue, entry] of [
      [undefined, good.entry],
      [good.file, undefined],
      [{ failures: 0, wall: 0, monotonic: 0 }, good.entry],
      [good.file, '{"failures":0,"wall":0,"monotonic":0}'],
      [{ failures: 6, wall: 0, monotonic: 0 }, good.entry],
    ] as const) {
      file.value = fileValue
      keychain.entries.clear()
      if (entry) keychain.entries.set('attempts', entry)
      const restarted = create()
      await restarted.load()
      expect(restarted.retryInMs()).toBe(20_000)
    }

    keychain.entries.set('attempts', 'not JSON')
    const restarted = create()
    await restarted.load()
    expect(restarted.retryInMs()).toBe(15 * minutes)
  })

  test('C4 may fail to be stored in one place, but not in all: then nothing is tried', async () => {
    const time = createVirtualTime()
    const full = createMemoryStore()
    full.write = () => Promise.reject(new Error('disk full'))
    const both = createAttempts({ clock: time.clock, stores: [full, createMemoryStore()] })
    expect(await both.attempt(() => both.count().then(() => 'unlocked'))).toEqual({ outcome: 'right' })
    const none = createAttempts({ clock: time.clock, stores: [full] })
    let tried = false
    const attempt = none.attempt(async () => {
      await none.count()
      tried = true
      return 'unlocked'
    })
    await expect(attempt).rejects.toThrow('disk full')
    expect(tried).toBe(false)
  })

  test('C4 in a keychain that does not answer is no corrupt count: the keychain’s own fault is told', async () => {
    const keychain = createMemoryKeychain()
    keychain.get = () => Promise.reject(new KeychainError('no keychain', 'absent'))
    const time = createVirtualTime()
    const attempts = createAttempts({ clock: time.clock, stores: [attemptsInKeychain(keychain)] })
    await expect(attempts.load()).rejects.toThrow('no keychain')
    keychain.get = async () => undefined
    await attempts.load()
    expect(attempts.retryInMs()).toBe(0)
  })
})
