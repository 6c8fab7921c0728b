import { screen, waitFor, within } from '@testing-library/react'
import { describe, expect, test } from 'vitest'
import { succeed } from '../../domain/problem.ts'
import { applySettings, defaultSettings } from '../../domain/settings.ts'
import { type Answers, problem } from './support/fake-main.ts'
import { type RenderedWindow, renderWindow } from './support/render-window.tsx'
import { connectedState, policyReading } from './support/sample.ts'

const answers: Answers = {
  'policy.read': () => succeed(policyReading()),
  'settings.write': (change) =>
    succeed({ settings: applySettings(defaultSettings, change), fixed: [], mostAutoLockMinutes: 240 }),
}
async function renderSettings(more: Answers = {}): Promise<RenderedWindow> {
  const rendered = await renderWindow({ ...answers, ...more })
  await rendered.user.click(await screen.findByRole('button', { name: 'Settings' }))
  await screen.findByRole('heading', { level: 1, name: 'Settings' })
  return rendered
}
const other = '00000000-0000-4000-8000-000000000002'
const minutes = () => screen.findByRole('textbox', { name: 'Lock after minutes without activity' })

describe('C3 when Curfew locks', () => {
  test.each([
    ['Also lock when the computer is idle', { lockOnSystemIdle: false }],
    ['Lock when the computer goes to sleep', { lockOnSuspend: false }],
    ['Lock when the screen is locked', { lockOnScreenLock: false }],
    ['Lock when the window is minimised', { lockOnMinimise: true }],
  ] as const)(
    '%s: each is saved as soon as it is changed, and nothing else with it',
    async (label, change) => {
      const { user, main } = await renderSettings()
      await user.click(await screen.findByRole('switch', { name: new RegExp(`^${label}`) }))
      expect(await screen.findByText('Saved.')).toBeTruthy()
      expect(main.given('settings.write')).toEqual([change])
    },
  )

  test('the minutes are saved when they are right, and explained when they are not', async () => {
    const { user, main } = await renderSettings()
    await user.clear(await minutes())
    await user.type(await minutes(), '241')
    expect((await screen.findByRole('alert')).textContent).toBe(
      'Type a whole number of minutes from 1 to 240.',
    )
    await user.tab()
    expect(main.given('settings.write')).toEqual([])
    await user.clear(await minutes())
    await user.type(await minutes(), '5{Enter}')
    await waitFor(() => expect(main.given('settings.write')).toEqual([{ autoLockMinutes: 5 }]))
  })

  test('what the organisation fixed can’t be changed and says so; its bound holds', async () => {
    await renderSettings({
      'settings.read': () =>
        succeed({ settings: defaultSettings, fixed: ['lockOnSuspend'], mostAutoLockMinutes: 15 }),
    })
    const fixed = await screen.findByRole('switch', { name: /^Lock when the computer goes to sleep/ })
    expect(fixed).toHaveProperty('disabled', true)
    expect(screen.getByText('Set by your organisation.')).toBeTruthy()
    expect(screen.getByText(/Your organisation allows at most 15 minutes\./)).toBeTruthy()
  })

  test('a setting that could not be kept says why, and shows what holds', async () => {
    const { user, main } = await renderSettings({
      'settings.write': () => problem('server-error', 'The disk is full.'),
    })
    await user.click(await screen.findByRole('switch', { name: /^Lock when the window is minimised/ }))
    expect(await screen.findByText('The disk is full.')).toBeTruthy()
    expect(await screen.findByRole('switch', { name: /^Lock when the window is minimised/ })).toHaveProperty(
      'checked',
      false,
    )
    expect(main.given('settings.read').length).toBeGreaterThan(1)
  })

  test('settings that can’t be read say why', async () => {
    await renderSettings({ 'settings.read': () => problem('server-error', 'The file can’t be read.') })
    expect(await screen.findByText('The file can’t be read.')).toBeTruthy()
  })
})

test('the theme is saved and in force at once', async () => {
  const { user, main } = await renderSettings()
  await user.selectOptions(await screen.findByRole('combobox', { name: 'Theme' }), 'Dark')
  await waitFor(() => expect(document.documentElement.dataset['mantineColorScheme']).toBe('dark'))
  expect(main.given('settings.write')).toEqual([{ theme: 'dark' }])
})

describe('the instances', () => {
  test('B8 a pin is chosen, changed and taken off with the password typed again; what is pinned is shown', async () => {
    const pin = `${'P'.repeat(43)}=`
    const { user, main } = await renderSettings({
      'instances.pin': () => problem('refused', 'It was not confirmed.'),
    })
    await user.click(await screen.findByRole('button', { name: 'Pin the certificate of Berlin' }))
    const look = screen.getByRole('button', { name: 'Look at the certificate' })
    expect(look).toHaveProperty('disabled', true)
    await user.type(screen.getByLabelText('Password of ada'), 'secret')
    await user.click(look)
    expect(await screen.findByText('It was not confirmed.')).toBeTruthy()
    main.answer({
      'instances.pin': () => succeed(undefined),
      'instances.list': () => succeed([connectedState({ pin })]),
    })
    await user.click(look)
    expect(await screen.findByText(pin)).toBeTruthy()
    await user.click(screen.getByRole('button', { name: 'Take the pin off Berlin' }))
    await user.type(screen.getByLabelText('Password of ada'), 'secret')
    main.answer({ 'instances.list': () => succeed([connectedState()]) })
    await user.click(screen.getByRole('button', { name: 'Take the pin off' }))
    await waitFor(() => expect(screen.queryByText(pin)).toBeNull())
    expect(main.given('instances.pin').map(({ password, pinned }) => [password, pinned])).toEqual([
      ['secret', true],
      ['secret', true],
      ['secret', false],
    ])
  })

  test('B8 a server without a certificate has none to pin', async () => {
    await renderSettings({
      'instances.list': () => succeed([connectedState({ baseUrl: 'http://127.0.0.1:4180' })]),
    })
    expect(await screen.findByRole('button', { name: 'Remove Berlin' })).toBeTruthy()
    expect(screen.queryByRole('button', { name: /Pin/ })).toBeNull()
  })

  test('one is taken off after a question, and the rest stays', async () => {
    const other = connectedState({ id: '00000000-0000-4000-8000-000000000002', name: 'Paris' })
    const { user, main } = await renderSettings({
      'instances.list': () => succeed([connectedState(), other]),
      'instances.remove': () => succeed(undefined),
    })
    await user.click(await screen.findByRole('button', { name: 'Remove Paris' }))
    const dialog = await screen.findByRole('dialog', { name: 'Remove Paris?' })
    await user.click(within(dialog).getByRole('button', { name: 'Cancel' }))
    expect(main.given('instances.remove')).toEqual([])
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
    await user.click(screen.getByRole('button', { name: 'Remove Paris' }))
    main.answer({ 'instances.list': () => succeed([connectedState()]) })
    await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Remove' }))
    await waitFor(() => expect(screen.queryByRole('button', { name: 'Remove Paris' })).toBeNull())
    expect(main.given('instances.remove')).toEqual([{ instance: other.instance.id }])
    expect(screen.getByRole('button', { name: 'Remove Berlin' })).toBeTruthy()
  })

  test('the built-in one shows the password of its sample people on request, and copies it', async () => {
    const { user, main, tell } = await renderSettings({
      'instances.list': () =>
        succeed([connectedState({ builtIn: true }), connectedState({ id: other, name: 'Paris' })]),
      'instances.demoPassword': () => succeed('lamp-otter-violin'),
      'clipboard.copy': () => succeed(undefined),
    })
    const [show, ...more] = await screen.findAllByRole('button', { name: 'Show password' })
    expect(more).toEqual([])
    expect(document.body.textContent).not.toContain('lamp-otter-violin')
    if (show) await user.click(show)
    expect(await screen.findByText('lamp-otter-violin')).toBeTruthy()
    await user.click(screen.getByRole('button', { name: 'Hide password' }))
    expect(document.body.textContent).not.toContain('lamp-otter-violin')
    await user.click(screen.getByRole('button', { name: 'Copy password' }))
    const said = 'Copied. It is cleared from the clipboard in 30 seconds.'
    await waitFor(() => expect(main.given('clipboard.copy')).toHaveLength(1))
    expect(screen.queryByText(said)).toBeNull()
    await tell('clipboard.state', { ours: true })
    expect(await screen.findByText(said)).toBeTruthy()
    await tell('clipboard.state', { ours: false })
    await waitFor(() => expect(screen.queryByText(said)).toBeNull())
    expect(main.given('clipboard.copy')).toEqual([{ text: 'lamp-otter-violin' }])
    expect(document.body.textContent).not.toContain('lamp-otter-violin')
  })

  test('one that can’t be taken off says why', async () => {
    const { user } = await renderSettings({
      'instances.remove': () => problem('server-error', 'The keychain does not answer.'),
    })
    await user.click(await screen.findByRole('button', { name: 'Remove Berlin' }))
    await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Remove' }))
    expect(await screen.findByText('The keychain does not answer.')).toBeTruthy()
  })
})
