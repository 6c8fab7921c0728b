import { screen, waitFor, within } from '@testing-library/react'
import { describe, expect, test } from 'vitest'
import {
  type ConfigReading,
  kubernetesDurationKey,
  type ListedEntry,
  tokenDurationKey,
} from '../../domain/config.ts'
import { succeed } from '../../domain/problem.ts'
import { type Answers, problem } from './support/fake-main.ts'
import { type RenderedWindow, renderWindow } from './support/render-window.tsx'
import { connectedState, instance, owner } from './support/sample.ts'

const row = (id: string, changed: Partial<ListedEntry>): ListedEntry => ({
  id,
  type: 'Flags',
  key: id,
  value: 'on',
  revision: '1',
  updatedAt: '2026-01-01T09:00:00Z',
  updatedBy: 'bob',
  ...changed,
})
const token = row('token', { type: 'AppConfig', key: tokenDurationKey.key, value: '60' })
const registry = row('registry', { type: 'DockerRegistryCreds', key: 'main', value: null })
const flag = row('beta', {})
const later = { revision: '2', updatedBy: 'ada' }

const readingOf = (...entries: ListedEntry[]): ConfigReading => ({
  types: ['AppConfig', 'Flags', 'TenantConfig', 'DockerRegistryCreds'],
  keys: [tokenDurationKey, kubernetesDurationKey],
  entries,
  asOf: '2026-01-01T09:00:00Z',
})
const nothingEnds = {
  endsSessions: 0,
  endsUsers: 0,
  endsYours: false,
  byKind: { web: 0, token: 0, kubernetes: 0 },
}

const answers: Answers = {
  'policy.read': () => problem('not-found', 'Not of interest here.'),
  'config.read': () => succeed(readingOf(token, registry, flag)),
  'config.preview': () => succeed({ ...nothingEnds, endsSessions: 7, endsUsers: 3 }),
}

/** System Config, reached as a person would. */
async function renderConfig(more: Answers = {}): Promise<RenderedWindow> {
  const rendered = await renderWindow({ ...answers, ...more })
  await rendered.user.click(await screen.findByRole('button', { name: /^System Config/ }))
  await screen.findByRole('heading', { name: 'System Config' })
  return rendered
}
const find = (name: RegExp) => screen.findByRole('row', { name })
const pane = (name: string) => screen.findByRole('complementary', { name })
const press = ({ user }: RenderedWindow, name: string) => user.click(screen.getByRole('button', { name }))

async function add(rendered: RenderedWindow) {
  await find(/beta/)
  await press(rendered, 'Add')
  return within(await pane('Add Config'))
}
async function open(rendered: RenderedWindow, name: RegExp, title: string) {
  await rendered.user.click(await find(name))
  return within(await pane(title))
}

describe('the table', () => {
  test('D1: shows type, label and raw key, the value with its unit and meaning, and who changed it', async () => {
    await renderConfig()
    const shown = await find(
      /AppConfig.*Authorization token session duration.*AuthorizationTokenSessionDuration/,
    )
    expect(shown.textContent).toContain('60 minutes = 1 hour')
    expect(shown.textContent).toContain('by bob')
    expect(screen.getByText('3 entries')).toBeTruthy()
  })

  test('D1: shows no value that may be a secret', async () => {
    await renderConfig()
    expect((await find(/DockerRegistryCreds/)).textContent).toContain('Not shown')
  })

  test('says that it is being read', async () => {
    await renderConfig({ 'config.read': () => new Promise(() => {}) })
    expect(screen.getByText('Reading System Config')).toBeTruthy()
  })

  test('of a server on which nothing is set says what it is for', async () => {
    await renderConfig({ 'config.read': () => succeed(readingOf()) })
    expect(await screen.findByText('Nothing is set here yet')).toBeTruthy()
  })

  test('a server that can’t be reached offers to try again', async () => {
    const rendered = await renderConfig({ 'config.read': () => problem('unreachable', 'Nobody answers.') })
    expect(await screen.findByText('Nobody answers.')).toBeTruthy()
    rendered.main.answer({ 'config.read': () => succeed(readingOf(flag)) })
    await press(rendered, 'Try again')
    expect(await find(/beta/)).toBeTruthy()
  })

  test('an account without the right is told which one it takes, and nothing is asked', async () => {
    const { 'config.read': _, 'config.write': __, ...rights } = owner.rights
    const { main } = await renderConfig({
      'instances.list': () => succeed([connectedState({}, { ...owner, rights })]),
    })
    expect(await screen.findByText('This account may not see System Config')).toBeTruthy()
    expect(main.given('config.read')).toEqual([])
  })

  test('a server without System Config says so', async () => {
    const { instance, connection } = connectedState()
    if (connection.status !== 'connected') throw new Error()
    await renderConfig({
      'instances.list': () =>
        succeed([{ instance, connection: { ...connection, capabilities: ['policy.read'] } }]),
    })
    expect(await screen.findByText('Not supported by this server')).toBeTruthy()
  })

  test('who may read and not write sees rows and can change nothing', async () => {
    const { 'config.write': _, ...rights } = owner.rights
    const rendered = await renderConfig({
      'instances.list': () => succeed([connectedState({}, { ...owner, rights })]),
    })
    expect((screen.getByRole('button', { name: 'Add' }) as HTMLButtonElement).disabled).toBe(true)
    const opened = await open(rendered, /beta/, 'beta')
    expect((opened.getByRole('button', { name: 'Submit' }) as HTMLButtonElement).disabled).toBe(true)
    expect(opened.getByText(/may read System Config here, not change it/)).toBeTruthy()
  })

  test('is filtered by type, key, name and shown value, and offers everything again', async () => {
    const rendered = await renderConfig()
    await find(/beta/)
    const filter = screen.getByRole('searchbox', { name: 'Filter entries' })
    await rendered.user.type(filter, 'token session')
    expect(screen.getAllByRole('row')).toHaveLength(2)
    expect(screen.getByText('1 of 3 entries')).toBeTruthy()
    await rendered.user.type(filter, ' of nothing')
    await press(rendered, 'Show all entries')
    expect(screen.getAllByRole('row')).toHaveLength(4)
  })

  test('is walked with the arrows; Enter opens a row, Esc brings the focus back to it, Delete asks', async () => {
    const { user } = await renderConfig()
    const first = await find(/Authorization token/)
    first.focus()
    await user.keyboard('{ArrowDown}{ArrowDown}{Enter}')
    expect(await pane('beta')).toBeTruthy()
    await user.keyboard('{Escape}')
    await waitFor(() => expect(document.activeElement?.textContent).toContain('beta'))
    await user.keyboard('{Delete}')
    expect(await screen.findByRole('dialog', { name: 'Delete beta?' })).toBeTruthy()
  })
})

describe('Add Config', () => {
  test('D1: has the types, the keys of the chosen type by name, and the value in the key’s unit', async () => {
    const rendered = await renderConfig({
      'config.add': ({ entry }) => succeed({ outcome: 'written', entry: row('k8s', { ...entry, ...later }) }),
    })
    const opened = await add(rendered)
    const labels = (name: string) =>
      within(opened.getByRole('combobox', { name }))
        .getAllByRole('option')
        .map(({ textContent }) => textContent)
    expect(labels('Config Type')).toEqual([
      'AppConfig',
      'Flags',
      'TenantConfig',
      'DockerRegistryCreds',
      'Other',
    ])
    expect(labels('Key')).toEqual([
      'Choose a key',
      'Authorization token session duration',
      'Maximum K8s Session Duration',
      'Other key',
    ])
    await rendered.user.selectOptions(
      opened.getByRole('combobox', { name: 'Key' }),
      'Maximum K8s Session Duration',
    )
    await rendered.user.type(opened.getByRole('textbox', { name: 'Value' }), '90')
    expect(opened.getByText('90 minutes = 1 hour 30 minutes')).toBeTruthy()
    expect(await opened.findByText(/Ends 7 sessions of 3 people now/)).toBeTruthy()
    await rendered.user.keyboard('{Enter}')
    expect(await screen.findByText(/Maximum K8s Session Duration was added on Berlin/)).toBeTruthy()
    expect(rendered.main.given('config.add').map(({ entry }) => entry)).toEqual([
      { type: 'AppConfig', key: kubernetesDurationKey.key, value: '90' },
    ])
    await waitFor(() => expect(document.activeElement?.textContent).toContain('Maximum K8s'))
  })

  test('D1: takes a type that is none of the offered ones', async () => {
    const rendered = await renderConfig({
      'config.add': ({ entry }) =>
        succeed({ outcome: 'written', entry: row('x', { ...entry, value: null }) }),
    })
    const { user } = rendered
    const opened = await add(rendered)
    await user.selectOptions(opened.getByRole('combobox', { name: 'Config Type' }), 'Other')
    await user.type(opened.getByRole('textbox', { name: 'Other type' }), ' Webhooks ')
    await user.type(opened.getByRole('textbox', { name: 'Key' }), 'slack')
    await user.type(opened.getByRole('textbox', { name: 'Value' }), ' as typed ')
    await press(rendered, 'Submit')
    await screen.findByText(/slack was added/)
    expect(rendered.main.given('config.add')[0]?.entry).toEqual({
      type: 'Webhooks',
      key: 'slack',
      value: ' as typed ',
    })
  })

  test.each([
    ['0', 'Authorization token session duration must be at least 1 minute.'],
    ['1.5', /whole number of minutes/],
    ['soon', /whole number of minutes/],
    ['99999999', /at most/],
  ])('D2: %j is refused beside the value as it is typed, and nothing is sent', async (typed, fault) => {
    const rendered = await renderConfig()
    const opened = await add(rendered)
    await rendered.user.selectOptions(
      opened.getByRole('combobox', { name: 'Key' }),
      'Authorization token session duration',
    )
    await rendered.user.type(opened.getByRole('textbox', { name: 'Value' }), typed)
    expect((await opened.findByRole('alert')).textContent).toMatch(fault)
    await rendered.user.keyboard('{Enter}')
    expect(rendered.main.given('config.add')).toEqual([])
  })

  test('what is missing is said when it is submitted, beside its field, which has the focus', async () => {
    const rendered = await renderConfig()
    const opened = await add(rendered)
    await press(rendered, 'Submit')
    expect(opened.getByText('Choose a key.')).toBeTruthy()
    expect(document.activeElement).toBe(opened.getByRole('combobox', { name: 'Key' }))
  })

  test('what the server refuses stands beside the value, and what was typed stays', async () => {
    const rendered = await renderConfig({
      'config.add': () => ({
        ok: false,
        problem: {
          code: 'invalid',
          message: 'Not so.',
          errors: [{ field: 'value', code: 'too-long', message: 'The server takes less.' }],
        },
      }),
    })
    const opened = await add(rendered)
    await rendered.user.selectOptions(
      opened.getByRole('combobox', { name: 'Key' }),
      'Maximum K8s Session Duration',
    )
    await rendered.user.type(opened.getByRole('textbox', { name: 'Value' }), '90{Enter}')
    expect(await opened.findByText('The server takes less.')).toBeTruthy()
    expect((opened.getByRole('textbox', { name: 'Value' }) as HTMLInputElement).value).toBe('90')
  })

  test('a row that is there already is shown, and offered to be changed with what was typed', async () => {
    const rendered = await renderConfig({
      'config.add': () => succeed({ outcome: 'exists', entry: token }),
      'config.replace': ({ entry }) =>
        succeed({ outcome: 'written', entry: { ...token, ...entry, ...later } }),
    })
    const opened = await add(rendered)
    await rendered.user.selectOptions(
      opened.getByRole('combobox', { name: 'Key' }),
      'Authorization token session duration',
    )
    await rendered.user.type(opened.getByRole('textbox', { name: 'Value' }), '30{Enter}')
    await opened.findByText('There is an entry with this type and key already')
    await press(rendered, 'Change that one')
    const other = within(await pane('Authorization token session duration'))
    expect((other.getByRole('textbox', { name: 'Value' }) as HTMLInputElement).value).toBe('30')
    await rendered.user.click(other.getByRole('button', { name: 'Submit' }))
    await screen.findByText(/was changed on Berlin/)
    expect(rendered.main.given('config.replace')).toMatchObject([
      { id: 'token', basis: '1', entry: { value: '30' } },
    ])
  })

  test('what is typed is kept over a lock, but for what may be a secret', async () => {
    const rendered = await renderConfig()
    const opened = await add(rendered)
    const { user } = rendered
    await user.selectOptions(opened.getByRole('combobox', { name: 'Config Type' }), 'Flags')
    await user.type(opened.getByRole('textbox', { name: 'Key' }), 'beta-two')
    await user.type(opened.getByRole('textbox', { name: 'Value' }), 'on')
    const kept = () =>
      rendered.main
        .given('drafts.keep')
        .filter(({ key }) => key.what === 'config')
        .map(({ text }) => text)
    expect(kept().at(-1)).toContain('"value":"on"')
    await user.clear(opened.getByRole('textbox', { name: 'Key' }))
    await user.type(opened.getByRole('textbox', { name: 'Key' }), 'password')
    await user.type(opened.getByRole('textbox', { name: 'Value' }), 'hunter2')
    expect(kept().at(-1)).toContain('"value":""')
    expect(kept().join()).not.toContain('hunter2')
  })
})

describe('an open row', () => {
  test('D3: is changed at the revision it was read at, and Undo puts the value back', async () => {
    const rendered = await renderConfig({
      'config.replace': ({ entry, basis }) =>
        succeed({ outcome: 'written', entry: { ...token, ...entry, revision: `${basis}+` } }),
    })
    const opened = await open(rendered, /Authorization token/, 'Authorization token session duration')
    const value = opened.getByRole('textbox', { name: 'Value' })
    expect(document.activeElement).toBe(value)
    await rendered.user.clear(value)
    await rendered.user.type(value, '45{Enter}')
    await screen.findByText(/was changed on Berlin/)
    await press(rendered, 'Undo')
    await screen.findByText(/Undone at .* is as it was before on Berlin/)
    expect(rendered.main.given('config.replace')).toMatchObject([
      { basis: '1', entry: { value: '45' } },
      { basis: '1+', entry: { value: '60' } },
    ])
  })

  test('D1: a secret is shown only when asked for, and can be replaced without', async () => {
    const rendered = await renderConfig({
      'config.reveal': () => succeed('{"auth":"b3c="}'),
      'config.replace': () => succeed({ outcome: 'written', entry: { ...registry, ...later } }),
    })
    const opened = await open(rendered, /DockerRegistryCreds/, 'main')
    const value = opened.getByRole('textbox', { name: 'Value' }) as HTMLTextAreaElement
    expect(value.value).toBe('')
    expect((opened.getByRole('button', { name: 'Submit' }) as HTMLButtonElement).disabled).toBe(true)
    await press(rendered, 'Reveal')
    await waitFor(() => expect(value.value).toBe('{"auth":"b3c="}'))
    expect((opened.getByRole('button', { name: 'Submit' }) as HTMLButtonElement).disabled).toBe(true)
    await rendered.user.type(value, '!')
    await press(rendered, 'Submit')
    await screen.findByText(/main was changed on Berlin/)
    expect(screen.queryByRole('button', { name: 'Undo' })).toBeNull()
    expect(
      rendered.main
        .given('drafts.keep')
        .map(({ text }) => text)
        .join(),
    ).not.toContain('b3c=')
  })

  test('B9: what somebody else changed meanwhile is shown beside what was typed; either can win', async () => {
    const theirs = { ...flag, value: 'half', ...later }
    for (const act of ['Keep mine', 'Take theirs']) {
      const rendered = await renderConfig({
        'config.replace': () => succeed({ outcome: 'conflict', entry: theirs }),
      })
      const opened = await open(rendered, /beta/, 'beta')
      await rendered.user.type(opened.getByRole('textbox', { name: 'Value' }), '!')
      await press(rendered, 'Submit')
      expect((await opened.findByRole('alert')).textContent).toMatch(/ada changed this meanwhile.*half/)
      rendered.main.answer({
        'config.replace': ({ entry }) =>
          succeed({ outcome: 'written', entry: { ...theirs, ...entry, revision: '3' } }),
      })
      await press(rendered, act)
      if (act === 'Keep mine') {
        await screen.findByText(/beta was changed/)
        expect(rendered.main.given('config.replace').at(-1)).toMatchObject({
          basis: '2',
          entry: { value: 'on!' },
        })
      } else
        await waitFor(() =>
          expect((opened.getByRole('textbox', { name: 'Value' }) as HTMLTextAreaElement).value).toBe('half'),
        )
      document.body.innerHTML = ''
    }
  })

  test('B9: one that was deleted meanwhile can be added again with what was typed', async () => {
    const rendered = await renderConfig({
      'config.replace': () => succeed({ outcome: 'gone' }),
      'config.add': ({ entry }) => succeed({ outcome: 'written', entry: row('new', { ...entry, ...later }) }),
    })
    const opened = await open(rendered, /beta/, 'beta')
    await rendered.user.type(opened.getByRole('textbox', { name: 'Value' }), '!')
    await press(rendered, 'Submit')
    await opened.findByText('This entry was deleted meanwhile')
    await press(rendered, 'Add it again')
    await screen.findByText(/beta was added/)
    expect(rendered.main.given('config.add')).toMatchObject([{ entry: { key: 'beta', value: 'on!' } }])
  })
})

describe('deleting', () => {
  test('of one row leaves what is typed for another', async () => {
    const rendered = await renderConfig({ 'config.remove': () => succeed({ outcome: 'removed' }) })
    const opened = await open(rendered, /beta/, 'beta')
    await rendered.user.type(opened.getByRole('textbox', { name: 'Value' }), '!')
    ;(await find(/Authorization token/)).focus()
    await rendered.user.keyboard('{Delete}')
    await rendered.user.click(
      within(await screen.findByRole('dialog')).getByRole('button', { name: 'Delete entry' }),
    )
    await screen.findByText(/was deleted on Berlin/)
    expect((opened.getByRole('textbox', { name: 'Value' }) as HTMLTextAreaElement).value).toBe('on!')
  })

  test('D1: says what holds from then on and what it would end, and Undo adds it again', async () => {
    const rendered = await renderConfig({
      'config.remove': () => succeed({ outcome: 'removed' }),
      'config.add': ({ entry }) =>
        succeed({ outcome: 'written', entry: row('again', { ...entry, ...later }) }),
    })
    const opened = await open(rendered, /Authorization token/, 'Authorization token session duration')
    await rendered.user.click(opened.getByRole('button', { name: 'Delete…' }))
    const dialog = within(await screen.findByRole('dialog'))
    expect(dialog.getByText(/its default holds again: 60 minutes/)).toBeTruthy()
    expect(await dialog.findByText(/Ends 7 sessions/)).toBeTruthy()
    await rendered.user.click(dialog.getByRole('button', { name: 'Delete entry' }))
    await screen.findByText(/was deleted on Berlin/)
    expect(screen.getAllByRole('row')).toHaveLength(3)
    await press(rendered, 'Undo')
    expect(await find(/Authorization token/)).toBeTruthy()
    expect(rendered.main.given('config.remove')).toMatchObject([{ id: 'token', basis: '1' }])
  })

  test('of a secret says that it can’t be undone', async () => {
    const rendered = await renderConfig({ 'config.remove': () => succeed({ outcome: 'removed' }) })
    const opened = await open(rendered, /DockerRegistryCreds/, 'main')
    await rendered.user.click(opened.getByRole('button', { name: 'Delete…' }))
    const dialog = within(await screen.findByRole('dialog'))
    expect(dialog.getByText(/can’t be undone/)).toBeTruthy()
    await rendered.user.click(dialog.getByRole('button', { name: 'Delete entry' }))
    await screen.findByText(/main was deleted/)
    expect(screen.queryByRole('button', { name: 'Undo' })).toBeNull()
  })

  test('B9: of what somebody changed meanwhile does nothing and says so', async () => {
    const rendered = await renderConfig({
      'config.remove': () => succeed({ outcome: 'conflict', entry: { ...flag, value: 'half', ...later } }),
    })
    ;(await find(/beta/)).focus()
    await rendered.user.keyboard('{Delete}')
    await rendered.user.click(
      within(await screen.findByRole('dialog')).getByRole('button', { name: 'Delete entry' }),
    )
    expect(await screen.findByText('Somebody else changed this meanwhile')).toBeTruthy()
    expect((await find(/beta/)).textContent).toContain('half')
  })
})

describe('B7 what somebody else writes', () => {
  const theirs = { ...flag, value: 'half', ...later }
  const stale = [{ instance: instance().id, what: 'config' as const }]

  test('B7: appears in the table and in a row that is open and not touched, without a refresh', async () => {
    const rendered = await renderConfig()
    const opened = await open(rendered, /beta/, 'beta')
    rendered.main.answer({ 'config.read': () => succeed(readingOf(token, theirs, row('newer', {}))) })
    await rendered.tell('news.stale', stale)
    await find(/newer/)
    await waitFor(() =>
      expect(opened.getByRole('textbox', { name: 'Value' })).toHaveProperty('value', 'half'),
    )
    expect(opened.queryByRole('alert')).toBeNull()
  })

  test('B7, B9: what is being typed stays, with theirs below it, and one’s own change is no clash', async () => {
    const rendered = await renderConfig()
    const opened = await open(rendered, /beta/, 'beta')
    const value = opened.getByRole('textbox', { name: 'Value' })
    await rendered.user.type(value, '!')
    rendered.main.answer({ 'config.read': () => succeed(readingOf(theirs)) })
    await rendered.tell('news.stale', stale)
    const alert = await opened.findByRole('alert')
    expect(alert.textContent).toMatch(/ada changed this meanwhile.*half/)
    expect(value.compareDocumentPosition(alert) & Node.DOCUMENT_POSITION_FOLLOWING).toBeTruthy()
    expect(document.activeElement).toBe(value)
    await rendered.user.type(value, '!')
    expect(value).toHaveProperty('value', 'on!!')
  })

  test('B7: news of one’s own change that come before its answer are no clash', async () => {
    let answered = () => {}
    const mine = { ...flag, value: 'on!', revision: '2', updatedBy: 'ada' }
    const rendered = await renderConfig({
      'config.replace': () =>
        new Promise((resolve) => {
          answered = () => resolve(succeed({ outcome: 'written', entry: mine }))
        }),
    })
    const opened = await open(rendered, /beta/, 'beta')
    await rendered.user.type(opened.getByRole('textbox', { name: 'Value' }), '!')
    await press(rendered, 'Submit')
    rendered.main.answer({ 'config.read': () => succeed(readingOf(mine)) })
    await rendered.tell('news.stale', stale)
    await waitFor(() => expect(screen.queryByRole('row', { name: /DockerRegistryCreds/ })).toBeNull())
    expect(opened.queryByRole('alert')).toBeNull()
    answered()
    await screen.findByText(/beta was changed/)
  })
})
