import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type ChannelName, contract } from '../../preload/contract/index.ts'
import { Passphrase } from '../../preload/contract/lock.ts'
import { startApp, type TestApp } from '../support/app.ts'
import { createMemoryKeychain } from '../support/memory-keychain.ts'

const passphrase = 'correct horse battery'
const another = 'quite another passphrase'

/** The channels whose input has a field for the present passphrase, by what their schemas say. */
const trying = (Object.keys(contract) as ChannelName[]).filter((channel) => {
  const { shape } = contract[channel].in as { shape?: Record<string, unknown> }
  return Object.values(shape ?? {}).includes(Passphrase)
})

/** One try through each: a channel that is added without a line here fails the first test. */
const ways: Readonly<Partial<Record<ChannelName, (app: TestApp, guess: string) => Promise<unknown>>>> = {
  'lock.unlock': async (app, guess) => {
    // It tries something only while locked.
    await app.call('lock.now')
    return app.call('lock.unlock', { passphrase: guess })
  },
  'lock.changePassphrase': (app, guess) =>
    app.call('lock.changePassphrase', { current: guess, next: another, replaceKey: false }),
}

async function withApp(work: (app: TestApp, restart: () => Promise<TestApp>) => Promise<void>) {
  const dataFolder = await mkdtemp(join(tmpdir(), 'curfew-tries-'))
  const keychain = createMemoryKeychain()
  const start = () => startApp({ dataFolder, keychain })
  const app = await start()
  try {
    await app.value('lock.setUp', { passphrase })
    await work(app, start)
  } finally {
    await rm(dataFolder, { recursive: true, force: true })
  }
}

const wrong = (seconds: number) => ({
  ok: true,
  value: { outcome: 'wrong-passphrase', retryInMs: seconds === 0 ? 0 : expect.closeTo(seconds * 1000, -2) },
})
const tooSoon = { ok: true, value: { outcome: 'too-soon', retryInMs: expect.any(Number) } }

test('C4 every channel that takes the passphrase is known to the tests that try it', () => {
  expect(Object.keys(ways).toSorted()).toEqual(trying.toSorted())
})

test.each(trying)(
  'C4 someone who guesses through %s is delayed, and a restart does not help',
  async (way) => {
    await withApp(async (app, restart) => {
      for (const seconds of [0, 0, 0, 5])
        expect(await ways[way]?.(app, `not ${passphrase}`)).toEqual(wrong(seconds))
      expect(await ways[way]?.(app, passphrase)).toMatchObject(tooSoon)
      expect(await (await restart()).call('lock.unlock', { passphrase })).toMatchObject(tooSoon)
    })
  },
)

test('C4 someone who guesses through all channels in turn, or at once, has the one count for all of them', async () => {
  await withApp(async (app) => {
    const change = () =>
      app.call('lock.changePassphrase', { current: 'a guess', next: another, replaceKey: false })
    const outcomes = await Promise.all(Array.from({ length: 8 }, change))
    expect(outcomes.filter((each) => JSON.stringify(each).includes('too-soon'))).toHaveLength(4)
    // While unlocked, unlocking tries nothing: it neither knows the right one nor forgets the count.
    const answers = [
      await app.call('lock.unlock', { passphrase }),
      await app.call('lock.unlock', { passphrase: 'a guess' }),
    ]
    expect(answers[0]).toMatchObject({ ok: false, problem: { code: 'refused' } })
    expect(answers[1]).toEqual(answers[0])
    expect(
      await app.call('lock.changePassphrase', { current: passphrase, next: another, replaceKey: false }),
    ).toEqual(tooSoon)
    await app.call('lock.now')
    expect(await app.call('lock.unlock', { passphrase })).toEqual(tooSoon)
  })
})
