import { act, fireEvent, screen, waitFor, within } from '@testing-library/react'
import { describe, expect, test } from 'vitest'
import type { PolicyReading } from '../../domain/policy.ts'
import { fail, succeed } from '../../domain/problem.ts'
import { defaultPolicy, servedFields } from '../../domain/service-policy.ts'
import type { Answers } from './support/fake-main.ts'
import { type RenderedWindow, renderWindow } from './support/render-window.tsx'
import { instance, peoplePage, person, policyReading, session, sessionPage } from './support/sample.ts'

const berlin = instance().id
const paris = '00000000-0000-4000-8000-000000000002'

const answers: Answers = {
  'policy.read': () => succeed(policyReading()),
  'policy.preview': () => fail({ code: 'server-error', message: 'Not of interest here.' }),
  'users.list': () => succeed(peoplePage(person('ida'), person('max'))),
  'users.read': ({ user }) => succeed(person(user)),
  'users.sessions': () => succeed(sessionPage(session('s1'))),
}
const renderLive = (more: Answers = {}) => renderWindow({ ...answers, ...more })

/** Another reading: somebody has set another maximum. */
function theirs(seconds: number): PolicyReading {
  const fields = servedFields(defaultPolicy)
  return policyReading({
    revision: '"2"',
    fields: { ...fields, maximum: { ...fields.maximum, value: { on: true, seconds } } },
    updatedAt: '2026-01-01T14:02:00Z',
    updatedBy: 'Mila Novak',
  })
}
const maximum = () => screen.findByRole('textbox', { name: 'Maximum Session Duration' })

async function openUsers({ user }: RenderedWindow) {
  await user.click(await screen.findByRole('button', { name: 'Users' }))
  return await screen.findByRole('grid', { name: 'Users' })
}
const names = () =>
  screen
    .getAllByRole('row')
    .slice(1)
    .map((row) => row.querySelector('td:nth-child(2)')?.textContent?.split(' Person')[0])

describe('the rules on show', () => {
  test('B7: follow what somebody else saves, without a refresh', async () => {
    const { main, tell } = await renderLive()
    expect(await maximum()).toHaveProperty('value', '1728000')
    main.answer({ 'policy.read': () => succeed(theirs(90_000)) })
    await tell('news.stale', [{ instance: berlin, what: 'policy' }])
    await waitFor(async () => expect(await maximum()).toHaveProperty('value', '90000'))
    expect(screen.getByText(/^Last changed by Mila Novak/)).toBeTruthy()
  })

  test('B7, B9: what is being typed stays, nothing moves, and it says that it was changed elsewhere', async () => {
    const { main, tell, user } = await renderLive()
    const field = await maximum()
    await user.clear(field)
    await user.type(field, '172')
    main.answer({ 'policy.read': () => succeed(theirs(90_000)) })
    await tell('news.stale', [{ instance: berlin, what: 'policy' }])
    expect(await screen.findByText(/^Mila Novak changed this elsewhere/)).toBeTruthy()
    expect(document.activeElement).toBe(field)
    await user.type(field, '800')
    expect(field).toHaveProperty('value', '172800')
    expect(screen.queryByRole('region', { name: 'Changed by somebody else meanwhile' })).toBeNull()
    expect(screen.getByRole('button', { name: 'Update' })).toHaveProperty('disabled', true)
    await user.click(screen.getByRole('button', { name: 'Compare' }))
    const panel = await screen.findByRole('region', { name: 'Changed by somebody else meanwhile' })
    expect(
      within(panel)
        .getAllByRole('row')
        .slice(1)
        .map((row) => [...row.children].map((cell) => cell.textContent)),
    ).toEqual([['Maximum Session Duration', '20 days', '2 days', '1 day 1 hour']])
    expect(screen.queryByText(/changed this elsewhere/)).toBeNull()
  })

  test('B7: a change to just what was typed is no conflict, and one to an untouched form none either', async () => {
    const { main, tell, user } = await renderLive()
    const field = await maximum()
    await user.clear(field)
    await user.type(field, '90000')
    main.answer({ 'policy.read': () => succeed(theirs(90_000)) })
    await tell('news.stale', [{ instance: berlin, what: 'policy' }])
    await waitFor(() => expect(screen.getByText(/^Last changed by Mila Novak/)).toBeTruthy())
    await waitFor(() => expect(screen.queryByText(/changed this elsewhere/)).toBeNull())
    await user.clear(field)
    await user.type(field, '90000')
    main.answer({ 'policy.read': () => succeed({ ...theirs(100_000), revision: '"3"' }) })
    await tell('news.stale', [{ instance: berlin, what: 'policy' }])
    await waitFor(async () => expect(await maximum()).toHaveProperty('value', '100000'))
    expect(screen.queryByText(/changed this elsewhere/)).toBeNull()
  })

  test('B7: an answer that fails leaves what is on show', async () => {
    const { main, tell } = await renderLive()
    expect(await maximum()).toHaveProperty('value', '1728000')
    const before = main.given('policy.read').length
    main.answer({ 'policy.read': () => fail({ code: 'server-error', message: 'No.' }) })
    await tell('news.stale', [{ instance: berlin, what: 'policy' }])
    await waitFor(() => expect(main.given('policy.read').length).toBeGreaterThan(before))
    expect(await maximum()).toHaveProperty('value', '1728000')
  })

  test('B7: what is stale of another instance, or not on show, asks nobody anything', async () => {
    const { main, tell } = await renderLive()
    await maximum()
    const before = main.calls.length
    await tell('news.stale', [
      { instance: paris, what: 'policy' },
      { instance: berlin, what: 'users' },
      { instance: berlin, what: 'sessions', whose: ['ida'] },
    ])
    await tell('news.stale', [{ instance: berlin, what: 'policy' }])
    await waitFor(() => expect(main.calls.length).toBeGreaterThan(before))
    expect(main.calls.slice(before).map(({ channel }) => channel)).toEqual(['policy.read'])
  })

  test('B7: a hundred signals while a reading is under way are one more reading', async () => {
    const { main, tell } = await renderLive()
    await maximum()
    const before = main.given('policy.read').length
    const waiting: (() => void)[] = []
    main.answer({
      'policy.read': () =>
        new Promise((resolve) => {
          waiting.push(() => resolve(succeed(theirs(90_000))))
        }),
    })
    for (let count = 0; count < 100; count += 1)
      await tell('news.stale', [{ instance: berlin, what: 'policy' }])
    expect(main.given('policy.read')).toHaveLength(before + 1)
    await act(async () => waiting.shift()?.())
    await waitFor(() => expect(main.given('policy.read')).toHaveLength(before + 2))
    await act(async () => waiting.shift()?.())
    await waitFor(async () => expect(await maximum()).toHaveProperty('value', '90000'))
    expect(main.given('policy.read')).toHaveLength(before + 2)
  })
})

describe('the people on show', () => {
  test('B7: a sign-in reads that person alone, in their place', async () => {
    const rendered = await renderLive()
    await openUsers(rendered)
    const { main, tell } = rendered
    const lists = main.given('users.list').length
    main.answer({
      'users.read': ({ user }) =>
        succeed(person(user, { displayName: 'Max Person', sessions: { web: 9, token: 0, kubernetes: 0 } })),
    })
    await tell('news.stale', [{ instance: berlin, what: 'users', whose: ['max'] }])
    await waitFor(() => expect(screen.getByRole('row', { name: /Max Person/ }).textContent).toContain('9'))
    expect(main.given('users.list')).toHaveLength(lists)
    expect(main.given('users.read')).toEqual([{ instance: berlin, user: 'max' }])
  })

  test('B7: somebody who is new appears, and a list that is narrowed is read again', async () => {
    const rendered = await renderLive()
    await openUsers(rendered)
    const { main, tell, user } = rendered
    main.answer({ 'users.list': () => succeed(peoplePage(person('eve'), person('ida'), person('max'))) })
    await tell('news.stale', [{ instance: berlin, what: 'users', whose: ['eve'] }])
    await waitFor(() => expect(names()).toEqual(['Eve', 'Ida', 'Max']))
    await user.type(screen.getByLabelText('Search users'), 'person')
    await waitFor(() => expect(main.given('users.list').at(-1)?.query.search).toBe('person'))
    const lists = main.given('users.list').length
    await tell('news.stale', [{ instance: berlin, what: 'users', whose: ['ida'] }])
    await waitFor(() => expect(main.given('users.list').length).toBeGreaterThan(lists))
    expect(main.given('users.read')).toEqual([])
  })

  test('B7: who comes above what is looked at does not move it, and the keys stay with their person', async () => {
    const many = Array.from({ length: 150 }, (_, index) => person(`p${String(index).padStart(3, '0')}`))
    const rendered = await renderLive({ 'users.list': () => succeed(peoplePage(...many)) })
    const grid = await openUsers(rendered)
    const { main, tell } = rendered
    const scroller = grid.parentElement ?? grid
    const row = await screen.findByRole('row', { name: /P005 Person/ })
    row.focus()
    fireEvent.click(row)
    scroller.scrollTop = 180
    fireEvent.scroll(scroller)
    const news = [person('a1'), person('a2'), ...many]
    main.answer({ 'users.list': () => succeed(peoplePage(...news)) })
    await tell('news.stale', [{ instance: berlin, what: 'users' }])
    await waitFor(() => expect(scroller.scrollTop).toBe(180 + 2 * 36))
    expect(screen.getByRole('row', { name: /P005 Person/ }).getAttribute('tabindex')).toBe('0')
  })

  test('B7: the sessions of whoever is open follow, and those of others are not asked for', async () => {
    const rendered = await renderLive()
    await openUsers(rendered)
    const { main, tell, user } = rendered
    await user.click(screen.getByRole('row', { name: /Ida Person/ }))
    const pane = await screen.findByRole('complementary', { name: 'Ida Person' })
    await within(pane).findByRole('listitem')
    const before = main.given('users.sessions').length
    await tell('news.stale', [{ instance: berlin, what: 'sessions', whose: ['max'] }])
    main.answer({ 'users.sessions': () => succeed(sessionPage(session('s1'), session('s2'))) })
    await tell('news.stale', [{ instance: berlin, what: 'sessions', whose: ['ida'] }])
    await waitFor(() => expect(within(pane).getAllByRole('listitem')).toHaveLength(2))
    expect(main.given('users.sessions')).toHaveLength(before + 1)
  })
})

describe('how an instance is followed', () => {
  test('B7: is said in words, with the rate where it is asked', async () => {
    const { tell } = await renderLive()
    await maximum()
    await tell('news.state', { following: { [berlin]: { how: 'told' } }, notices: [] })
    expect(await screen.findByText('Live')).toBeTruthy()
    await tell('news.state', {
      following: { [berlin]: { how: 'asking', everySeconds: 30 } },
      notices: [],
    })
    expect(await screen.findByText('Read again every 30 s')).toBeTruthy()
    await tell('news.state', { following: {}, notices: [] })
    await waitFor(() => expect(screen.queryByText(/^Live$|Read again/)).toBeNull())
  })
})
