import { screen, waitFor, within } from '@testing-library/react'
import { describe, expect, test } from 'vitest'
import { lockReasons } from '../../domain/lock.ts'
import { fail, succeed } from '../../domain/problem.ts'
import { lockReasonWords } from '../../renderer/app/lock-words.ts'
import type { Answers } from './support/fake-main.ts'
import { renderWindow } from './support/render-window.tsx'
import { peoplePage, person, policyReading } from './support/sample.ts'

const passphrase = 'correct horse battery staple'
const locked = (retryInMs = 0): Answers => ({
  'lock.state': () => succeed({ status: 'locked', reason: 'manual', retryInMs }),
})
const field = () => screen.findByLabelText('Passphrase')
const unlock = () => screen.getByRole('button', { name: 'Unlock' })

describe('the locked window', () => {
  test.each(lockReasons)('says why it is locked: %s', async (reason) => {
    await renderWindow({ 'lock.state': () => succeed({ status: 'locked', reason, retryInMs: 0 }) })
    expect(await screen.findByText(lockReasonWords(reason))).toBeTruthy()
  })

  test('C1 asks main for nothing but what is public', async () => {
    const { main } = await renderWindow(locked())
    await field()
    expect(new Set(main.calls.map(({ channel }) => channel))).toEqual(new Set(['lock.state', 'app.info']))
  })

  test('C1 the right passphrase opens it once main says so', async () => {
    const { user, main, tell } = await renderWindow({
      ...locked(),
      'lock.unlock': () => succeed({ outcome: 'unlocked' }),
      'policy.read': () => succeed(policyReading()),
    })
    await user.type(await field(), `${passphrase}{Enter}`)
    expect(main.given('lock.unlock')).toEqual([{ passphrase }])
    await tell('lock.state', { status: 'unlocked', locksInMs: 600_000, warning: false })
    expect(await screen.findByRole('heading', { name: 'Security' })).toBeTruthy()
  })

  test('C1 a wrong one is said to be wrong, stays, and has to wait as long as main says', async () => {
    const { user, main } = await renderWindow({
      ...locked(),
      'lock.unlock': () => succeed({ outcome: 'wrong-passphrase', retryInMs: 5_000 }),
    })
    await user.type(await field(), 'wrong{Enter}')
    expect((await screen.findByRole('alert')).textContent).toBe('That is not the passphrase.')
    expect(screen.getByRole('timer').textContent).toMatch(
      /^Try again in 5 seconds?\.$|^Try again in 0:05\.$|^Try again in 5 s\.$/,
    )
    expect(unlock()).toHaveProperty('disabled', true)
    await user.type(await field(), '{Enter}')
    expect(main.given('lock.unlock')).toHaveLength(1)
  })

  test('an empty passphrase is not sent', async () => {
    const { user, main } = await renderWindow(locked())
    await field()
    await user.click(unlock())
    expect((await screen.findByRole('alert')).textContent).toBe('Type your passphrase.')
    expect(main.given('lock.unlock')).toEqual([])
  })

  test('a keychain that fails while unlocking says so', async () => {
    const { user } = await renderWindow({
      ...locked(),
      'lock.unlock': () => fail({ code: 'keychain-locked', message: 'The keychain is locked.' }),
    })
    await user.type(await field(), `${passphrase}{Enter}`)
    expect((await screen.findByRole('alert')).textContent).toBe('The keychain is locked.')
  })

  test('whoever forgot it can begin anew, after saying twice that it is meant', async () => {
    const { user, main } = await renderWindow({
      ...locked(),
      'lock.forgetEverything': () => succeed(undefined),
    })
    await field()
    await user.click(screen.getByRole('button', { name: 'Forgot your passphrase?' }))
    const dialog = await screen.findByRole('dialog', { name: 'Forget everything?' })
    const forget = within(dialog).getByRole('button', { name: 'Forget everything' })
    expect(forget).toHaveProperty('disabled', true)
    await user.click(within(dialog).getByRole('checkbox'))
    main.answer({ 'lock.state': () => succeed({ status: 'new' }) })
    await user.click(forget)
    expect(await screen.findByRole('heading', { name: 'Choose a passphrase' })).toBeTruthy()
    expect(main.given('lock.forgetEverything')).toEqual([{ confirmed: 'forget everything' }])
  })
})

describe('C1 the lock comes while something is on the screen', () => {
  test('everything that was read is gone from the page at once', async () => {
    const { user, tell } = await renderWindow({
      'policy.read': () => succeed(policyReading()),
      'users.list': () => succeed(peoplePage(person('ida'))),
    })
    await user.click(await screen.findByRole('button', { name: 'Users' }))
    await screen.findByText('Ida Person')
    await tell('lock.state', { status: 'locked', reason: 'idle', retryInMs: 0 })
    await field()
    expect(document.body.textContent).not.toMatch(/Ida|Berlin|ida@example/)
  })

  test('the warning counts down, and Stay unlocked tells main', async () => {
    const { user, main, tell } = await renderWindow({ 'policy.read': () => succeed(policyReading()) })
    await screen.findByRole('heading', { name: 'Security' })
    expect(screen.queryByRole('button', { name: 'Stay unlocked' })).toBeNull()
    await tell('lock.state', { status: 'unlocked', locksInMs: 29_500, warning: true })
    expect(await screen.findByText(/30 left\.|30 s left\.|0:30 left\.|29 s left\./)).toBeTruthy()
    await user.click(screen.getByRole('button', { name: 'Stay unlocked' }))
    expect(main.stayedUnlocked()).toBe(1)
  })
})

describe('first run', () => {
  const fresh: Answers = {
    'lock.state': () => succeed({ status: 'new' }),
    'lock.setUp': () => succeed(undefined),
  }

  test('C1 a passphrase is chosen by typing it twice', async () => {
    const { user, main } = await renderWindow(fresh)
    await user.type(await screen.findByLabelText('Passphrase'), passphrase)
    await user.type(screen.getByLabelText('Repeat passphrase'), passphrase)
    await user.click(screen.getByRole('button', { name: 'Continue' }))
    expect(main.given('lock.setUp')).toEqual([{ passphrase }])
  })

  test('how strong it is is what main says of the newest one; of what is too short nothing is asked', async () => {
    const answers: ((verdict: { score: number; fault?: string }) => void)[] = []
    const { user, main } = await renderWindow({
      ...fresh,
      'lock.ratePassphrase': () =>
        new Promise((resolve) => answers.push((verdict) => resolve(succeed(verdict)))),
    })
    const meter = () => screen.getByRole('status').textContent
    await user.type(await screen.findByLabelText('Passphrase'), '🦦234567')
    expect(meter()).toBe('1 more to go.')
    expect(main.given('lock.ratePassphrase')).toEqual([])
    await user.type(screen.getByLabelText('Passphrase'), '8 and more')
    expect(main.given('lock.ratePassphrase')).toEqual([{ candidate: '🦦2345678' }])
    expect(meter()).toBe('')
    answers[0]?.({ score: 2, fault: 'This passphrase is easy to guess.' })
    await waitFor(() => expect(meter()).toBe('Strength: This passphrase is easy to guess.'))
    await waitFor(() => expect(main.given('lock.ratePassphrase')).toHaveLength(2))
    expect(main.given('lock.ratePassphrase')[1]).toEqual({ candidate: '🦦2345678 and more' })
    answers[1]?.({ score: 4 })
    await waitFor(() => expect(meter()).toBe('Strength: Strong.'))
    await user.clear(screen.getByLabelText('Passphrase'))
    expect(meter()).toBe('At least 8 characters.')
  })

  test('one that is too short, or typed differently, is not sent', async () => {
    const { user, main } = await renderWindow(fresh)
    await user.type(await screen.findByLabelText('Passphrase'), 'short{Enter}')
    expect(await screen.findByText(/^Use at least \d+ characters\.$/)).toBeTruthy()
    await user.type(screen.getByLabelText('Passphrase'), 'er horse battery staple')
    await user.type(screen.getByLabelText('Repeat passphrase'), 'something else{Enter}')
    expect(await screen.findByText('The two are not the same.')).toBeTruthy()
    expect(main.given('lock.setUp')).toEqual([])
  })

  test('a keychain that fails says so and what was typed stays', async () => {
    const { user } = await renderWindow({
      ...fresh,
      'lock.setUp': () => fail({ code: 'keychain-unavailable', message: 'The keychain does not answer.' }),
    })
    await user.type(await screen.findByLabelText('Passphrase'), passphrase)
    await user.type(screen.getByLabelText('Repeat passphrase'), `${passphrase}{Enter}`)
    expect(await screen.findByText('The keychain does not answer.')).toBeTruthy()
    expect(screen.getByLabelText('Passphrase')).toHaveProperty('value', passphrase)
  })
})

describe('no keychain', () => {
  test.each([
    ['absent', 'No keychain was found on this computer', 'Try again', 'There is still no keychain.'],
    ['locked', 'Your keychain is locked', 'Unlock the keychain', 'It is still locked.'],
    ['restarted', 'Your keychain was started anew', 'Try again', 'It still can’t be used.'],
    ['timed-out', 'Your keychain does not answer', 'Try again', 'It still can’t be used.'],
    ['failed', 'Your keychain can’t be used', 'Try again', 'It still can’t be used.'],
  ] as const)('C2 %s: it is said, with help, and can be tried again', async (fault, title, button, still) => {
    const { user, main } = await renderWindow({
      'lock.state': () => succeed({ status: 'no-keychain', fault, help: 'Install one.' }),
      'lock.openKeychain': () => succeed(undefined),
    })
    expect(await screen.findByText(title)).toBeTruthy()
    expect(screen.getByText('Install one.')).toBeTruthy()
    await user.click(screen.getByRole('button', { name: button }))
    expect(await screen.findByText(still)).toBeTruthy()
    expect(main.given('lock.openKeychain')).toHaveLength(fault === 'locked' ? 1 : 0)
    expect(main.given('lock.state')).toHaveLength(2)
  })
})

describe('notices', () => {
  test('what the app has to tell stands there until it is dismissed, on the locked window too', async () => {
    const { user, main } = await renderWindow({
      ...locked(),
      'app.info': () =>
        succeed({
          version: '1.2.3',
          platform: 'linux',
          theme: 'light',
          notices: [
            { id: 'settings', title: 'The settings could not be read', detail: 'They were put aside.' },
          ],
        }),
      'app.dismissNotice': () => succeed(undefined),
    })
    expect(await screen.findByText('The settings could not be read')).toBeTruthy()
    main.answer({
      'app.info': () => succeed({ version: '1.2.3', platform: 'linux', theme: 'light', notices: [] }),
    })
    await user.click(screen.getByRole('button', { name: /^Dismiss: / }))
    await waitFor(() => expect(screen.queryByText('The settings could not be read')).toBeNull())
    expect(main.given('app.dismissNotice')).toEqual([{ id: 'settings' }])
  })
})
