import { act, screen, waitFor, within } from '@testing-library/react'
import { describe, expect, test } from 'vitest'
import { type Job, type JobItem, summaryOf } from '../../domain/job.ts'
import { succeed } from '../../domain/problem.ts'
import { type Answers, problem } from './support/fake-main.ts'
import { type RenderedWindow, renderWindow } from './support/render-window.tsx'
import {
  connectedState,
  connection,
  instance,
  job,
  owner,
  peoplePage,
  person,
  session,
  sessionPage,
} from './support/sample.ts'

const ida = person('ida')
const max = person('max', { sessions: { web: 0, token: 0, kubernetes: 0 }, lastActivityAt: null })
/** Curfew's own account, as the list has it. */
const ada = person('u-owner', { username: 'ada', displayName: 'Ada Owner', role: 'Owner' })

const answers: Answers = {
  'policy.read': () => problem('not-found', 'Not of interest here.'),
  'users.list': () => succeed(peoplePage(ida, max, ada)),
  'users.sessions': () =>
    succeed(sessionPage(session('s1'), session('s2', { kind: 'token', client: 'curl' }))),
  'users.read': ({ user }) => succeed([ida, max, ada].find(({ id }) => id === user) ?? ida),
}

/** The Users screen, reached as a person would. */
async function renderUsers(more: Answers = {}): Promise<RenderedWindow> {
  const rendered = await renderWindow({ ...answers, ...more })
  await rendered.user.click(await screen.findByRole('button', { name: /^Users/ }))
  await screen.findByRole('heading', { name: 'Users' })
  return rendered
}
const row = (name: RegExp) => screen.findByRole('row', { name })
async function open({ user }: RenderedWindow, name: RegExp) {
  await user.click(await row(name))
  return await screen.findByRole('complementary', { name })
}

/** Main takes a revocation, and has done it at once with these outcomes. */
function revoking(items: readonly JobItem[], changed: Partial<Job> = {}): Answers {
  const done = job(items, changed)
  return {
    'jobs.revokeUsers': () => succeed(done.id),
    'jobs.list': () => succeed([summaryOf(done)]),
    'jobs.read': () => succeed({ ...done, items: [...done.items] }),
    'jobs.dismiss': () => succeed(undefined),
  }
}
/** Main says that a job stands so. */
const tellJob = (rendered: RenderedWindow, state: Job) => rendered.tell('jobs.list', [summaryOf(state)])

describe('the list', () => {
  test('shows who everybody is, what they may do, where they are signed in and when they were active', async () => {
    await renderUsers({ 'users.list': () => succeed(peoplePage(ida, { ...max, disabled: true })) })
    expect(await row(/Ida Person.*ida@example\.org.*Member.*2 web, 1 token/)).toBeTruthy()
    expect((await row(/Max Person/)).textContent).toMatch(/Disabled.*No—$/)
    expect(screen.getByText('2 people')).toBeTruthy()
  })

  test('says that it is loading before anybody has come', async () => {
    await renderUsers({ 'users.list': () => new Promise(() => {}) })
    expect(screen.getByText('Loading users')).toBeTruthy()
    expect(screen.getByRole('grid', { name: 'Users' }).getAttribute('aria-busy')).toBe('true')
  })

  test('of an instance without people says what will be seen here', async () => {
    await renderUsers({ 'users.list': () => succeed(peoplePage()) })
    expect(await screen.findByText('This instance has no users yet')).toBeTruthy()
  })

  test('narrowed to nobody offers everybody again', async () => {
    const { user, main } = await renderUsers({
      'users.list': ({ query }) => succeed(query.active ? peoplePage() : peoplePage(ida)),
    })
    await row(/Ida/)
    await user.click(screen.getByRole('checkbox', { name: 'Signed in now' }))
    expect(await screen.findByText('Nobody found')).toBeTruthy()
    expect(screen.getByText('0 people found')).toBeTruthy()
    await user.click(screen.getByRole('button', { name: 'Show everybody' }))
    expect(await row(/Ida/)).toBeTruthy()
    expect(main.given('users.list').map(({ query }) => query.active)).toContain(true)
  })

  test('searches for what was typed, without the spaces around it, and filters by role', async () => {
    const { user, main } = await renderUsers()
    await user.type(screen.getByRole('searchbox', { name: 'Search users' }), ' ida ')
    await waitFor(() => expect(main.given('users.list').at(-1)?.query.search).toBe('ida'))
    await user.selectOptions(screen.getByRole('combobox', { name: 'Role' }), 'Admins')
    await waitFor(() =>
      expect(main.given('users.list').at(-1)?.query).toMatchObject({ search: 'ida', role: 'admin' }),
    )
  })

  test('that can’t be read says why, and trying again reads again', async () => {
    const { user, main } = await renderUsers({
      'users.list': () => problem('server-error', 'The server had a fault (500).'),
    })
    expect(await screen.findByText('The server had a fault (500).')).toBeTruthy()
    main.answer({ 'users.list': () => succeed(peoplePage(ida)) })
    await user.click(screen.getByRole('button', { name: 'Try again' }))
    expect(await row(/Ida/)).toBeTruthy()
  })

  test('goes on with the next page by itself, and one that fails keeps what there is', async () => {
    const { user, main } = await renderUsers({
      'users.list': ({ query }) =>
        query.cursor
          ? problem('unreachable', 'Berlin can’t be reached.')
          : succeed({ items: [ida], nextCursor: 'next', total: 2 }),
    })
    expect(await row(/Ida/)).toBeTruthy()
    expect(await screen.findByText('Berlin can’t be reached.')).toBeTruthy()
    main.answer({ 'users.list': () => succeed({ items: [max], nextCursor: null, total: 2 }) })
    await user.click(screen.getByRole('button', { name: 'Load the rest' }))
    expect(await row(/Max/)).toBeTruthy()
    expect(await row(/Ida/)).toBeTruthy()
  })

  test('an account that may not see users is told what that takes, and nothing is asked', async () => {
    const { 'users.view': _, ...rights } = owner.rights
    const { main } = await renderUsers({
      'instances.list': () => succeed([connectedState({}, { ...owner, rights })]),
    })
    expect(await screen.findByText('This account may not see the users')).toBeTruthy()
    expect(main.given('users.list')).toEqual([])
  })

  test('a refusal of the server is shown in its own words', async () => {
    await renderUsers({ 'users.list': () => problem('refused', 'You need the right UserView.') })
    expect(await screen.findByText('The server said: You need the right UserView.')).toBeTruthy()
  })

  test('a server without a list of users is said to have none', async () => {
    await renderUsers({
      'instances.list': () =>
        succeed([{ instance: instance(), connection: { ...connection(), capabilities: ['policy.read'] } }]),
    })
    expect(await screen.findByText('Not supported by this server')).toBeTruthy()
  })

  test('markup and right-to-left overrides in a name are text', async () => {
    const name = '<img src=x onerror=alert(1)>\u202Egnp'
    await renderUsers({ 'users.list': () => succeed(peoplePage({ ...ida, displayName: name })) })
    expect((await row(/img src/)).querySelector('img')).toBeNull()
  })
})

describe('the keyboard', () => {
  test('arrows, Home and End walk the rows, Enter opens and Esc returns to the row', async () => {
    const { user } = await renderUsers()
    const first = await row(/Ida/)
    act(() => first.focus())
    await user.keyboard('{ArrowDown}')
    await waitFor(() => expect(document.activeElement?.textContent).toMatch(/Max/))
    await user.keyboard('{End}')
    await waitFor(() => expect(document.activeElement?.textContent).toMatch(/Ada/))
    await user.keyboard('{Home}')
    await waitFor(() => expect(document.activeElement?.textContent).toMatch(/Ida/))
    await user.keyboard('{Enter}')
    expect(await screen.findByRole('complementary', { name: /Ida/ })).toBeTruthy()
    await user.keyboard('{Escape}')
    await waitFor(() => expect(screen.queryByRole('complementary')).toBeNull())
    expect(document.activeElement?.textContent).toMatch(/Ida/)
  })

  test('Space ticks a row, and ticks it off again', async () => {
    const { user } = await renderUsers()
    const first = await row(/Ida/)
    act(() => first.focus())
    await user.keyboard(' ')
    expect(await screen.findByText('1 person selected')).toBeTruthy()
    await user.keyboard(' ')
    await waitFor(() => expect(screen.queryByText('1 person selected')).toBeNull())
  })
})

describe('one person', () => {
  test('every session is shown with what it is, where from, and when it ends and why', async () => {
    const rendered = await renderUsers({
      'users.sessions': () =>
        succeed(
          sessionPage(
            session('s1', { remembered: true }),
            session('s2', {
              kind: 'token',
              client: '',
              endsAt: null,
              endsBecause: null,
              lastActivityAt: null,
            }),
          ),
        ),
    })
    const pane = await open(rendered, /Ida/)
    const [first, second] = await within(pane).findAllByRole('listitem')
    expect(first?.textContent).toMatch(
      /Chromium on Linux.*Web · Remembered.*192\.0\.2\.7.*Ends in .* if nothing is done in it/,
    )
    expect(second?.textContent).toMatch(/Unknown device.*Token.*Not told by the server.*No rule ends it/)
  })

  test('nobody signed in is said, and there is nothing to revoke', async () => {
    const rendered = await renderUsers({ 'users.sessions': () => succeed(sessionPage()) })
    const pane = await open(rendered, /Ida/)
    expect(await within(pane).findByText(/is not signed in anywhere now/)).toBeTruthy()
    expect(within(pane).getByRole('button', { name: 'Revoke sessions' })).toHaveProperty('disabled', true)
  })

  test('sessions that can’t be read say why, and can be tried again', async () => {
    const rendered = await renderUsers({ 'users.sessions': () => problem('server-error', 'A fault (500).') })
    const pane = await open(rendered, /Ida/)
    expect(await within(pane).findByText('A fault (500).')).toBeTruthy()
    rendered.main.answer({ 'users.sessions': () => succeed(sessionPage(session('s1'))) })
    await rendered.user.click(within(pane).getByRole('button', { name: 'Try again' }))
    expect(await within(pane).findByText('Chromium on Linux')).toBeTruthy()
  })

  test('of very many sessions some are drawn, and more on request', async () => {
    const many = Array.from({ length: 450 }, (_, at) => session(`s${at}`))
    const rendered = await renderUsers({
      'users.sessions': () => succeed({ ...sessionPage(...many), total: 523 }),
    })
    const pane = await open(rendered, /Ida/)
    expect(await within(pane).findByText('200 of 523 shown')).toBeTruthy()
    await rendered.user.click(within(pane).getByRole('button', { name: 'Show more' }))
    await rendered.user.click(within(pane).getByRole('button', { name: 'Show more' }))
    expect(within(pane).getByText(/^450 of 523 shown\. Curfew lists no more of one person/)).toBeTruthy()
    expect(within(pane).queryByRole('button', { name: 'Show more' })).toBeNull()
  })

  test('O4 one session is revoked alone, and the list is brought up to date', async () => {
    const rendered = await renderUsers({
      'sessions.revoke': ({ ids }) =>
        succeed({ results: ids.map((id) => ({ id, outcome: 'revoked' as const, revoked: 1 })) }),
    })
    const pane = await open(rendered, /Ida/)
    const [first] = await within(pane).findAllByRole('button', { name: 'Revoke' })
    if (first) await rendered.user.click(first)
    await waitFor(() => expect(rendered.main.given('users.read').map(({ user }) => user)).toEqual(['ida']))
    expect(rendered.main.given('sessions.revoke')).toEqual([
      { instance: instance().id, ids: ['s1'], reason: '', includeOwn: false },
    ])
  })

  test('O4 a session that may not be ended says so beside it', async () => {
    const rendered = await renderUsers({
      'users.sessions': () => succeed(sessionPage(session('s1'))),
      'sessions.revoke': ({ ids }) =>
        succeed({ results: ids.map((id) => ({ id, outcome: 'forbidden' as const, revoked: 0 })) }),
    })
    const pane = await open(rendered, /Ida/)
    await rendered.user.click(await within(pane).findByRole('button', { name: 'Revoke' }))
    expect(await within(pane).findByText('This account may not end this session.')).toBeTruthy()
  })

  test('Curfew’s own session is marked, asked about first, and only then ended', async () => {
    const rendered = await renderUsers({
      'users.sessions': () => succeed(sessionPage(session('mine', { userId: 'u-owner', current: true }))),
      'sessions.revoke': ({ ids }) =>
        succeed({ results: ids.map((id) => ({ id, outcome: 'revoked' as const, revoked: 1 })) }),
    })
    const pane = await open(rendered, /Ada/)
    expect(await within(pane).findByText('This is Curfew’s own session')).toBeTruthy()
    await rendered.user.click(within(pane).getByRole('button', { name: 'Revoke' }))
    const dialog = await screen.findByRole('dialog', { name: 'End Curfew’s own session?' })
    expect(rendered.main.given('sessions.revoke')).toEqual([])
    await rendered.user.click(within(dialog).getByRole('button', { name: 'Revoke and sign me out' }))
    await waitFor(() =>
      expect(rendered.main.given('sessions.revoke')).toMatchObject([{ ids: ['mine'], includeOwn: true }]),
    )
  })

  test('O4 who may only look is told what revoking takes, and has no button for it', async () => {
    const { 'sessions.revoke': _, ...rights } = owner.rights
    const rendered = await renderUsers({
      'instances.list': () => succeed([connectedState({}, { ...owner, rights })]),
    })
    const pane = await open(rendered, /Ida/)
    expect(
      await within(pane).findByText(/Revoking takes the permission UserEdit or AdministerSystem/),
    ).toBeTruthy()
    expect(within(pane).queryByRole('button', { name: /Revoke/ })).toBeNull()
    expect(screen.queryByRole('checkbox', { name: /Select/ })).toBeNull()
  })
})

describe('O4 revoking all sessions', () => {
  const all = [{ id: 'ida', name: 'Ida Person', outcome: { what: 'revoked', sessions: 3 } }] as const

  test('names whom and where and how many, and nothing is sent before it is confirmed', async () => {
    const rendered = await renderUsers()
    const pane = await open(rendered, /Ida/)
    await within(pane).findAllByRole('listitem')
    await rendered.user.click(within(pane).getByRole('button', { name: 'Revoke sessions' }))
    const dialog = await screen.findByRole('dialog', { name: 'Revoke all sessions of Ida Person?' })
    expect(
      within(dialog).getByText(
        'Ends 2 sessions of Ida Person on Berlin (Production) now. Ida Person has to sign in again.',
      ),
    ).toBeTruthy()
    await rendered.user.click(within(dialog).getByRole('button', { name: 'Cancel' }))
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
    expect(rendered.main.given('jobs.revokeUsers')).toEqual([])
  })

  test('sends the person with the reason, and then says how many ended', async () => {
    const rendered = await renderUsers({ ...revoking(all), 'jobs.list': () => succeed([]) })
    const pane = await open(rendered, /Ida/)
    await within(pane).findAllByRole('listitem')
    await rendered.user.click(within(pane).getByRole('button', { name: 'Revoke sessions' }))
    const dialog = await screen.findByRole('dialog')
    await rendered.user.type(within(dialog).getByRole('textbox', { name: 'Reason' }), 'left the company')
    await rendered.user.click(within(dialog).getByRole('button', { name: 'Revoke sessions' }))
    await tellJob(rendered, job(all))
    expect(
      await within(pane).findByText(/^Ended 3 sessions\. Ida Person has to sign in again\.$/),
    ).toBeTruthy()
    expect(rendered.main.given('jobs.revokeUsers')).toEqual([
      {
        instance: instance().id,
        users: [{ id: 'ida', name: 'Ida Person' }],
        reason: 'left the company',
        includeOwn: false,
      },
    ])
    expect(rendered.main.given('jobs.dismiss')).toHaveLength(1)
  })

  test('Curfew’s own session is left out and not counted, unless it is asked for', async () => {
    const rendered = await renderUsers({
      ...revoking(all),
      'jobs.list': () => succeed([]),
      'users.sessions': () =>
        succeed(sessionPage(session('mine', { current: true }), session('s2'), session('s3'))),
    })
    const pane = await open(rendered, /Ada/)
    await within(pane).findAllByRole('listitem')
    await rendered.user.click(within(pane).getByRole('button', { name: 'Revoke sessions' }))
    const dialog = await screen.findByRole('dialog')
    expect(
      within(dialog).getByText(/^Ends 2 sessions of Ada Owner .* Curfew’s own session is left out\.$/),
    ).toBeTruthy()
    const also = within(dialog).getByRole('checkbox', { name: 'Also end Curfew’s own session' })
    expect(also).toHaveProperty('checked', false)
    await rendered.user.click(also)
    expect(within(dialog).getByText(/^Ends 3 sessions of Ada Owner/)).toBeTruthy()
    await rendered.user.click(within(dialog).getByRole('button', { name: 'Revoke sessions' }))
    await waitFor(() =>
      expect(rendered.main.given('jobs.revokeUsers').map(({ includeOwn }) => includeOwn)).toEqual([true]),
    )
  })

  test('somebody else’s sessions come without a question about Curfew’s own', async () => {
    const rendered = await renderUsers()
    const pane = await open(rendered, /Ida/)
    await within(pane).findAllByRole('listitem')
    await rendered.user.click(within(pane).getByRole('button', { name: 'Revoke sessions' }))
    const dialog = await screen.findByRole('dialog')
    expect(within(dialog).queryByRole('checkbox')).toBeNull()
  })

  test('several people are ticked and revoked together; the report names who is left, and retries them', async () => {
    const mixed: readonly JobItem[] = [
      { id: 'ida', name: 'Ida Person', outcome: { what: 'revoked', sessions: 3 } },
      {
        id: 'max',
        name: 'Max Person',
        outcome: { what: 'failed', message: 'The server had a fault (500).' },
      },
      { id: 'u-owner', name: 'Ada Owner', outcome: { what: 'had-no-session' } },
    ]
    const rendered = await renderUsers({
      ...revoking(mixed),
      'jobs.list': () => succeed([]),
      'jobs.goOn': () => succeed(undefined),
    })
    await row(/Ida/)
    await rendered.user.click(screen.getByRole('checkbox', { name: 'Select everybody shown' }))
    expect(screen.getByText('3 people selected')).toBeTruthy()
    await rendered.user.click(screen.getByRole('button', { name: 'Revoke sessions of 3 people' }))
    await rendered.user.click(
      within(await screen.findByRole('dialog')).getByRole('button', { name: 'Revoke sessions' }),
    )
    await tellJob(rendered, job(mixed))
    expect(
      await screen.findByText(
        'Ended 3 sessions of 1 person. 1 person had no session. Not done for 1 person:',
      ),
    ).toBeTruthy()
    const left = screen.getByRole('list', { name: 'Not revoked' })
    expect(left.textContent).toBe('Max PersonThe server had a fault (500).')
    await rendered.user.click(screen.getByRole('button', { name: 'Retry what failed' }))
    expect(rendered.main.given('jobs.goOn')).toHaveLength(1)
    expect(rendered.main.given('jobs.revokeUsers')[0]?.users.map(({ id }) => id)).toEqual([
      'ida',
      'max',
      'u-owner',
    ])
  })

  test('while it runs it says how far it is, and Stop sends nothing further', async () => {
    const half: readonly JobItem[] = [
      { id: 'ida', name: 'Ida Person', outcome: { what: 'revoked', sessions: 3 } },
      { id: 'max', name: 'Max Person', outcome: { what: 'waiting' } },
    ]
    const running = job(half, { state: { status: 'running' } })
    const rendered = await renderUsers({
      ...revoking(half, { state: { status: 'running' } }),
      'jobs.list': () => succeed([]),
      'jobs.cancel': () => succeed(undefined),
    })
    await row(/Ida/)
    await rendered.user.click(screen.getByRole('checkbox', { name: 'Select Ida Person' }))
    await rendered.user.click(screen.getByRole('checkbox', { name: 'Select Max Person' }))
    await rendered.user.click(screen.getByRole('button', { name: 'Revoke sessions of 2 people' }))
    await rendered.user.click(
      within(await screen.findByRole('dialog')).getByRole('button', { name: 'Revoke sessions' }),
    )
    await tellJob(rendered, running)
    expect(await screen.findByText('1 of 2 done…')).toBeTruthy()
    await rendered.user.click(screen.getByRole('button', { name: 'Stop' }))
    expect(rendered.main.given('jobs.cancel')).toHaveLength(1)
    const cancelled = job(half, { state: { status: 'cancelled' } })
    rendered.main.answer({ 'jobs.read': () => succeed({ ...cancelled, items: [...cancelled.items] }) })
    await tellJob(rendered, cancelled)
    expect(await screen.findByText(/It was stopped before the end\. Not done for 1 person:/)).toBeTruthy()
    expect(screen.getByRole('button', { name: 'Go on' })).toBeTruthy()
  })

  test('one that can’t be begun says why and keeps the reason', async () => {
    const rendered = await renderUsers({
      'jobs.revokeUsers': () => problem('unreachable', 'Berlin can’t be reached.'),
    })
    const pane = await open(rendered, /Ida/)
    await within(pane).findAllByRole('listitem')
    await rendered.user.click(within(pane).getByRole('button', { name: 'Revoke sessions' }))
    const dialog = await screen.findByRole('dialog')
    await rendered.user.type(within(dialog).getByRole('textbox', { name: 'Reason' }), 'left')
    await rendered.user.click(within(dialog).getByRole('button', { name: 'Revoke sessions' }))
    expect(await within(dialog).findByText('Berlin can’t be reached.')).toBeTruthy()
    expect(within(dialog).getByRole('textbox', { name: 'Reason' })).toHaveProperty('value', 'left')
  })

  test('B8 one that was cut off by the lock shows its report again', async () => {
    const cut: readonly JobItem[] = [
      { id: 'ida', name: 'Ida Person', outcome: { what: 'sent' } },
      { id: 'max', name: 'Max Person', outcome: { what: 'waiting' } },
    ]
    const rendered = await renderUsers(revoking(cut, { state: { status: 'stopped', why: 'locked' } }))
    const dialog = await screen.findByRole('dialog', { name: 'What was done' })
    expect(within(dialog).getByText(/Curfew locked before the end\. Not done for 2 people:/)).toBeTruthy()
    expect(within(dialog).getByText('Asked for; what the server did is not known')).toBeTruthy()
    await rendered.user.click(within(dialog).getByRole('button', { name: 'Done' }))
    await waitFor(() => expect(rendered.main.given('jobs.dismiss')).toHaveLength(1))
  })

  test('B8 one that was being prepared before a lock is asked about again, with its reason', async () => {
    const rendered = await renderUsers({
      'drafts.take': ({ keys }) =>
        succeed(
          keys.map(({ what }) =>
            what === 'revocation' ? JSON.stringify({ users: [ida], reason: 'left' }) : null,
          ),
        ),
    })
    const dialog = await screen.findByRole('dialog', { name: 'Revoke all sessions of Ida Person?' })
    expect(within(dialog).getByRole('textbox', { name: 'Reason' })).toHaveProperty('value', 'left')
    expect(rendered.main.given('jobs.revokeUsers')).toEqual([])
  })
})
