import { screen, waitFor, within } from '@testing-library/react'
import { beforeEach, describe, expect, test } from 'vitest'
import type { ConnectionState, InstanceState } from '../../domain/instance.ts'
import { fail, succeed } from '../../domain/problem.ts'
import { type Answers, problem } from './support/fake-main.ts'
import { type RenderedWindow, renderWindow } from './support/render-window.tsx'
import { connectedState, instance, owner, peoplePage, person, policyReading } from './support/sample.ts'

const berlin = connectedState()
const paris = connectedState({
  id: '00000000-0000-4000-8000-000000000002',
  name: 'Paris',
  environment: 'Test',
  baseUrl: 'https://paris.example',
})
const answers: Answers = {
  'instances.list': () => succeed([berlin, paris]),
  'policy.read': () => succeed(policyReading()),
  'policy.preview': () => problem('server-error', 'Not of interest here.'),
  'users.list': () => succeed(peoplePage(person('ida'))),
  'lock.now': () => succeed(undefined),
  'instances.signIn': () => succeed(undefined),
}
const renderShell = (more: Answers = {}) => renderWindow({ ...answers, ...more })
const standing = (connection: ConnectionState): InstanceState => ({ instance: instance(), connection })
const since = '2026-01-01T09:00:00Z'
const heading = (name: string) => screen.findByRole('heading', { level: 1, name })

describe('the sidebar', () => {
  test('C5 names every instance with its environment and how it stands, and marks the one chosen', async () => {
    const { user } = await renderShell({
      'instances.list': () =>
        succeed([berlin, { instance: paris.instance, connection: { status: 'offline', since, detail: '' } }]),
    })
    const list = await screen.findByRole('navigation', { name: 'Instances' })
    const chosen = within(list).getByRole('button', { name: 'Berlin, Production, Connected' })
    expect(chosen.getAttribute('aria-current')).toBe('true')
    const other = within(list).getByRole('button', { name: /^Paris, Test, Offline since / })
    expect(other.getAttribute('aria-current')).toBeNull()
    await user.click(other)
    await waitFor(() => expect(other.getAttribute('aria-current')).toBe('true'))
    expect(document.title).toBe('Paris')
  })

  test('arrows walk it, and stop at its ends', async () => {
    const { user } = await renderShell()
    const [first, second] = await within(
      await screen.findByRole('navigation', { name: 'Instances' }),
    ).findAllByRole('button')
    first?.focus()
    await user.keyboard('{ArrowDown}')
    expect(document.activeElement).toBe(second)
    await user.keyboard('{ArrowUp}{ArrowUp}')
    expect(document.activeElement).toBe(first)
  })

  test('screens are of the instance chosen, and what was typed on one survives a look at another', async () => {
    const { user } = await renderShell()
    const field = await screen.findByRole('textbox', { name: 'Maximum Session Duration' })
    await user.clear(field)
    await user.type(field, '90000')
    await user.click(screen.getByRole('button', { name: /^Paris/ }))
    expect(await screen.findByRole('textbox', { name: 'Maximum Session Duration' })).toHaveProperty(
      'value',
      '1728000',
    )
    await user.click(screen.getByRole('button', { name: 'Users' }))
    await heading('Users')
    await user.click(screen.getByRole('button', { name: /^Berlin/ }))
    await user.click(screen.getByRole('button', { name: 'Security' }))
    expect(await screen.findByRole('textbox', { name: 'Maximum Session Duration' })).toHaveProperty(
      'value',
      '90000',
    )
  })
})

describe('the keys', () => {
  test('Ctrl+2 goes to the second instance, Ctrl+L locks, / searches, F5 asks again', async () => {
    const { user, main } = await renderShell()
    await heading('Security')
    await user.keyboard('{Control>}2{/Control}')
    await waitFor(() => expect(document.title).toBe('Paris'))
    await user.click(screen.getByRole('button', { name: 'Users' }))
    await screen.findByText('Ida Person')
    await user.keyboard('/')
    expect(document.activeElement).toBe(screen.getByRole('searchbox', { name: 'Search users' }))
    const before = main.given('users.list').length
    await user.keyboard('{F5}')
    await waitFor(() => expect(main.given('users.list').length).toBeGreaterThan(before))
    await user.keyboard('{Control>}l{/Control}')
    expect(main.given('lock.now')).toHaveLength(1)
  })

  test('/ is a character where somebody types', async () => {
    const { user } = await renderShell()
    await heading('Security')
    await user.click(screen.getByRole('button', { name: 'Users' }))
    await user.type(await screen.findByRole('searchbox', { name: 'Search users' }), 'a/b')
    expect(screen.getByRole('searchbox')).toHaveProperty('value', 'a/b')
  })
})

describe('Go to', () => {
  const goTo = async ({ user }: RenderedWindow, typed: string) => {
    await user.keyboard('{Control>}k{/Control}')
    await user.type(await screen.findByRole('combobox', { name: 'Go to' }), typed)
  }
  const sheet = () => within(screen.getByRole('dialog', { name: 'Go to' }))
  const options = () =>
    sheet()
      .queryAllByRole('option')
      .map(({ textContent }) => textContent)

  test('Ctrl+K finds instances by name and environment, and Enter goes there', async () => {
    const rendered = await renderShell()
    await heading('Security')
    await goTo(rendered, 'par')
    expect(options()[0]).toContain('Paris')
    await rendered.user.keyboard('{Enter}')
    await waitFor(() => expect(document.title).toBe('Paris'))
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  })

  test('finds screens, is walked with the arrows, and says so where there is nothing', async () => {
    const rendered = await renderShell()
    await heading('Security')
    await goTo(rendered, 's')
    const chosen = () => sheet().getByRole('option', { selected: true }).textContent
    const [first, second] = options()
    expect(chosen()).toBe(first)
    await rendered.user.keyboard('{ArrowDown}')
    expect(chosen()).toBe(second)
    await rendered.user.keyboard('{ArrowUp}{ArrowUp}')
    expect(chosen()).toBe(first)
    await rendered.user.clear(screen.getByRole('combobox', { name: 'Go to' }))
    await rendered.user.type(screen.getByRole('combobox', { name: 'Go to' }), 'use{Enter}')
    expect(await screen.findByRole('heading', { name: 'Users' })).toBeTruthy()
    await goTo(rendered, 'nothing of the kind')
    expect(screen.getByText('Nothing here is called that.')).toBeTruthy()
    await rendered.user.keyboard('{Enter}{Escape}')
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  })

  test('shows why something can’t be done now, and does not do it', async () => {
    const rendered = await renderShell()
    await heading('Security')
    await goTo(rendered, 'search')
    expect(options()[0]).toContain('There is nothing to search on this screen.')
    await rendered.user.keyboard('{Enter}')
    expect(screen.getByRole('dialog', { name: 'Go to' })).toBeTruthy()
  })

  test('? shows every key, and is a character where somebody types', async () => {
    const { user } = await renderShell()
    await heading('Security')
    await user.keyboard('?')
    const keys = await screen.findByRole('dialog', { name: 'Keys' })
    expect(keys.textContent).toMatch(/Go to…Ctrl\+K.*Lock nowCtrl\+L.*ParisCtrl\+2/)
    await user.keyboard('{Escape}')
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
    await user.click(screen.getByRole('button', { name: 'Users' }))
    await user.type(await screen.findByRole('searchbox', { name: 'Search users' }), 'a?b')
    expect(screen.queryByRole('dialog')).toBeNull()
  })
})

describe('the account', () => {
  test('who one is here stands in its menu, with what can be done', async () => {
    const { user, main } = await renderShell()
    await user.click(await screen.findByRole('button', { name: 'Account: Ada Owner' }))
    expect(await screen.findByText('ada · Owner on Berlin')).toBeTruthy()
    await user.click(screen.getByRole('menuitem', { name: 'Lock now' }))
    expect(main.given('lock.now')).toHaveLength(1)
  })
})

describe('an instance that can’t be administered', () => {
  const show = async (connection: ConnectionState, more: Answers = {}): Promise<RenderedWindow> =>
    await renderShell({ 'instances.list': () => succeed([standing(connection)]), ...more })
  const banner = () => screen.findByRole('region', { name: 'Connection' })

  test('offline says since when and why, and Retry connects again', async () => {
    const { user, main } = await show({ status: 'offline', since, detail: 'The connection was refused.' })
    expect((await banner()).textContent).toMatch(/^Offline since .*The connection was refused\./)
    await user.click(screen.getByRole('button', { name: 'Retry' }))
    expect(main.given('instances.signIn')).toEqual([{ instance: instance().id, acceptServer: false }])
  })

  test('offline, what was read before stays in sight and is said to be that', async () => {
    const { tell } = await renderShell({ 'instances.list': () => succeed([berlin]) })
    await screen.findByRole('textbox', { name: 'Maximum Session Duration' })
    await tell('instances.list', [standing({ status: 'offline', since, detail: 'Gone.' })])
    expect((await banner()).textContent).toMatch(/What is shown is what was last read\./)
    expect(screen.getByRole('textbox', { name: 'Maximum Session Duration' })).toBeTruthy()
  })

  test('back again, it is asked anew for what it could not answer', async () => {
    const { main, tell } = await show(
      { status: 'offline', since, detail: '' },
      { 'policy.read': () => problem('unreachable', 'Berlin can’t be reached.') },
    )
    await banner()
    main.answer({ 'policy.read': () => succeed(policyReading()) })
    await tell('instances.list', [berlin])
    expect(await screen.findByRole('textbox', { name: 'Maximum Session Duration' })).toBeTruthy()
    expect(screen.queryByRole('region', { name: 'Connection' })).toBeNull()
  })

  test('a session that ended is begun anew with the stored password', async () => {
    const { user, main } = await show({ status: 'sign-in-needed', since, why: 'session-ended', detail: '' })
    expect((await banner()).textContent).toMatch(/It can sign in as ada with the stored password\./)
    expect(screen.queryByLabelText('Password')).toBeNull()
    await user.click(screen.getByRole('button', { name: 'Sign in' }))
    expect(main.given('instances.signIn')).toEqual([{ instance: instance().id, acceptServer: false }])
  })

  test('a refused password is asked for again, and a wrong one says so', async () => {
    const { user, main } = await show(
      { status: 'sign-in-needed', since, why: 'credentials-refused', detail: '' },
      { 'instances.signIn': () => fail({ code: 'invalid-credentials', message: 'The password is wrong.' }) },
    )
    await banner()
    expect(screen.getByRole('button', { name: 'Sign in' })).toHaveProperty('disabled', true)
    await user.type(screen.getByLabelText('Password'), 'secret')
    await user.click(screen.getByRole('button', { name: 'Sign in' }))
    expect(await screen.findByText('The password is wrong.')).toBeTruthy()
    expect(main.given('instances.signIn')).toEqual([
      { instance: instance().id, password: 'secret', acceptServer: false },
    ])
  })

  test('a locked keychain is unlocked first, then it connects', async () => {
    const { user, main } = await show(
      { status: 'sign-in-needed', since, why: 'keychain-locked', detail: 'The keychain is locked.' },
      { 'lock.openKeychain': () => succeed(undefined) },
    )
    await banner()
    await user.click(screen.getByRole('button', { name: 'Unlock the keychain' }))
    await waitFor(() =>
      expect(main.calls.map(({ channel }) => channel).slice(-2)).toEqual([
        'lock.openKeychain',
        'instances.signIn',
      ]),
    )
  })
})

describe('nothing to administer yet', () => {
  const none: Answers = { 'instances.list': () => succeed([]) }

  test('the built-in service is started and shown', async () => {
    const { user, main } = await renderShell({
      ...none,
      'instances.startBuiltIn': () => succeed(berlin.instance.id),
    })
    const start = await screen.findByRole('button', { name: 'Start with the built-in service' })
    main.answer({ 'instances.list': () => succeed([berlin]) })
    await user.click(start)
    expect(await heading('Security')).toBeTruthy()
    expect(document.title).toBe('Berlin')
  })

  test('a built-in service that does not start says why, and can be tried again', async () => {
    const { user } = await renderShell({
      ...none,
      'instances.startBuiltIn': () => problem('server-error', 'It did not start.'),
    })
    await user.click(await screen.findByRole('button', { name: 'Start with the built-in service' }))
    expect(await screen.findByText('It did not start.')).toBeTruthy()
    expect(screen.getByRole('button', { name: 'Start with the built-in service' })).toHaveProperty(
      'disabled',
      false,
    )
  })
})

test('a Member’s account sees the screens, and each says what it may not', async () => {
  const { user } = await renderShell({
    'instances.list': () => succeed([connectedState({}, { ...owner, role: 'Member', rights: {} })]),
  })
  expect(await screen.findByText('Only Owners and Admins may see and change this')).toBeTruthy()
  await user.click(screen.getByRole('button', { name: 'Users' }))
  expect(await screen.findByText('This account may not see the users')).toBeTruthy()
})

beforeEach(() => {
  document.title = ''
})
