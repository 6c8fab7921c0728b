import { screen, waitFor, within } from '@testing-library/react'
import { describe, expect, test } from 'vitest'
import { succeed } from '../../domain/problem.ts'
import { applySettings, defaultSettings } from '../../domain/settings.ts'
import type { UpdateState } from '../../domain/update.ts'
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

describe('B8 changing the passphrase', () => {
  const unlocked = { status: 'unlocked', locksInMs: 600_000, warning: false } as const

  const next = 'velvet harbor moss ladder'

  async function fill(more: Answers = {}) {
    const rendered = await renderSettings(more)
    const { user } = rendered
    await user.click(await screen.findByRole('button', { name: 'Change passphrase…' }))
    // Pasted: the meter rates every key that is typed.
    for (const [label, text] of [
      ['Present passphrase', 'correct horse battery'],
      ['New passphrase', next],
      ['Repeat new passphrase', next],
    ] as const) {
      await user.click(screen.getByLabelText(label))
      await user.paste(text)
    }
    return rendered
  }
  const box = () =>
    screen.getByRole('checkbox', { name: 'Also replace the key that everything is sealed with' })
  const send = () => screen.getByRole('button', { name: 'Change passphrase' })

  test('B8 keeps the key unless it is asked for a new one', async () => {
    const { user, main } = await fill({
      'lock.changePassphrase': () => succeed({ outcome: 'changed', key: 'kept' }),
    })
    expect(box()).toHaveProperty('checked', false)
    expect(
      screen.getByText(/somebody may have had your old passphrase and a copy of the keychain/),
    ).toBeTruthy()
    await user.click(send())
    expect(await screen.findByText('The passphrase is changed.')).toBeTruthy()
    expect(main.given('lock.changePassphrase')).toEqual([
      { current: 'correct horse battery', next, replaceKey: false },
    ])
  })

  test('B8 shows what is being sealed with the new key and how far that is, and says when it is done', async () => {
    const done = Promise.withResolvers<void>()
    const { user, main } = await fill({
      'lock.changePassphrase': async () => {
        await done.promise
        return succeed({ outcome: 'changed', key: 'replaced' })
      },
    })
    await user.click(box())
    await user.click(send())
    await waitFor(() => expect(main.given('lock.changePassphrase')).toHaveLength(1))
    expect(main.given('lock.changePassphrase')[0]?.replaceKey).toBe(true)
    main.tell('lock.state', { ...unlocked, resealing: { what: 'passwords', done: 3, of: 12 } })
    expect(await screen.findByText('Sealing with the new key: passwords, 3 of 12 done…')).toBeTruthy()
    main.tell('lock.state', { ...unlocked, resealing: { what: 'reports', done: 11, of: 12 } })
    expect(await screen.findByText('Sealing with the new key: reports, 11 of 12 done…')).toBeTruthy()
    expect(box()).toHaveProperty('disabled', true)
    main.tell('lock.state', unlocked)
    await waitFor(() => expect(screen.queryByText(/Sealing with the new key/)).toBeNull())
    done.resolve()
    expect(
      await screen.findByText(/everything is sealed with a new key\. The old one opens nothing/),
    ).toBeTruthy()
    expect(screen.queryByRole('form', { name: 'Change passphrase' })).toBeNull()
  })

  test('B8 says where not everything is sealed with the new key yet, and what happens then', async () => {
    const { user } = await fill({
      'lock.changePassphrase': () => succeed({ outcome: 'changed', key: 'unfinished' }),
    })
    await user.click(box())
    await user.click(send())
    expect(await screen.findByText(/Curfew goes on when you unlock it the next time/)).toBeTruthy()
  })

  test('B8 going on after an unlocking is shown without the form being open', async () => {
    const { main } = await renderSettings()
    await screen.findByRole('button', { name: 'Change passphrase…' })
    main.tell('lock.state', { ...unlocked, resealing: { what: 'drafts', done: 1, of: 2 } })
    expect(
      await screen.findByText('Sealing with the new key: what you have typed, 1 of 2 done…'),
    ).toBeTruthy()
    main.tell('lock.state', unlocked)
    await waitFor(() => expect(screen.queryByText(/Sealing with the new key/)).toBeNull())
  })

  test('B8 that is refused says why, and nothing is said to be changed', async () => {
    const { user } = await fill({
      'lock.changePassphrase': () => problem('refused', 'Curfew is still sealing everything.'),
    })
    await user.click(send())
    expect(await screen.findByText('Curfew is still sealing everything.')).toBeTruthy()
    expect(screen.queryByText(/The passphrase is changed/)).toBeNull()
  })
})

const notes = '<img src="x" onerror="alert(1)"> **New**\nand fixed'
const newer = { version: '0.2.0', notes }
const updates = (step: UpdateState['step'], more: Partial<UpdateState> = {}) =>
  ({ current: '0.1.0', checkedAt: '2026-11-25T12:00:00.000Z', problem: null, step, ...more }) as const
const section = async () => within(await screen.findByRole('region', { name: 'Updates' }))

describe('C7 updates', () => {
  test('what runs is up to date: quiet, with one button', async () => {
    const { user, main } = await renderSettings({
      'updates.state': () => succeed(updates({ at: 'idle' })),
      'updates.check': () => succeed(undefined),
    })
    expect((await (await section()).findByRole('status')).textContent).toBe('Curfew 0.1.0 · Up to date')
    await user.click((await section()).getByRole('button', { name: 'Check for updates' }))
    expect(main.given('updates.check')).toHaveLength(1)
    await user.click((await section()).getByRole('switch', { name: /^Look for updates once a day/ }))
    expect(main.given('settings.write')).toEqual([{ checkForUpdates: false }])
  })

  test('a newer one is downloaded when the person says so; its notes are text, whatever they hold', async () => {
    const { user, main, tell } = await renderSettings({
      'updates.state': () => succeed(updates({ at: 'available', release: newer, size: 98_300_000 })),
      'updates.download': () => succeed(undefined),
      'updates.cancel': () => succeed(undefined),
    })
    expect((await (await section()).findByRole('status')).textContent).toContain('0.2.0 is available')
    await user.click((await section()).getByText('What is new in 0.2.0'))
    expect((await section()).getByText(/New/).textContent).toBe(notes)
    expect(document.querySelector('section img, section b')).toBeNull()
    expect(main.given('updates.download')).toEqual([])
    await user.click((await section()).getByRole('button', { name: 'Download (99 MB)' }))
    expect(main.given('updates.download')).toHaveLength(1)
    await tell('updates.state', updates({ at: 'downloading', release: newer, size: 200, received: 57 }))
    expect((await section()).getByRole('status').textContent).toContain('Downloading 0.2.0: 28 %')
    await user.click((await section()).getByRole('button', { name: 'Stop the download' }))
    await tell('updates.state', updates({ at: 'ready', release: newer }))
    expect((await section()).getByRole('status').textContent).toContain('installed when you quit')
    await user.click((await section()).getByRole('button', { name: 'Don’t install it' }))
    expect(main.given('updates.cancel')).toHaveLength(2)
  })

  test.each([
    ['organisation', 'Your organisation has switched updates off.'],
    ['nowhere', 'Updates come from where you got Curfew.'],
  ] as const)(
    'switched off (%s) they can be neither looked for nor set, and why is said',
    async (why, said) => {
      await renderSettings({ 'updates.state': () => succeed(updates({ at: 'off', why })) })
      expect((await (await section()).findByRole('status')).textContent).toContain(said)
      expect((await section()).queryByRole('button')).toBeNull()
      expect((await section()).queryByRole('switch')).toBeNull()
    },
  )

  test('what went wrong is said, and what the organisation fixed says so', async () => {
    await renderSettings({
      'settings.read': () =>
        succeed({ settings: defaultSettings, fixed: ['checkForUpdates'], mostAutoLockMinutes: 240 }),
      'updates.state': () => succeed(updates({ at: 'idle' }, { problem: 'It is not signed.' })),
    })
    expect((await (await section()).findByRole('alert')).textContent).toBe('It is not signed.')
    expect((await section()).getByRole('switch')).toHaveProperty('disabled', true)
    expect((await section()).getByText('Set by your organisation.')).toBeTruthy()
  })
})
