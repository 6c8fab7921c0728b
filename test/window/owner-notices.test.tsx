import { screen, waitFor, within } from '@testing-library/react'
import { describe, expect, test } from 'vitest'
import type { InstanceNotice } from '../../domain/news.ts'
import { fail, succeed } from '../../domain/problem.ts'
import type { Answers } from './support/fake-main.ts'
import { renderWindow } from './support/render-window.tsx'
import {
  connectedState,
  connection,
  instance,
  owner,
  peoplePage,
  person,
  policyReading,
  sessionPage,
} from './support/sample.ts'

const berlin = connectedState()
const paris = connectedState({ id: '00000000-0000-4000-8000-000000000002', name: 'Paris' })

const noticeOf = (id: number, changed: Partial<InstanceNotice> = {}): InstanceNotice => ({
  instance: berlin.instance.id,
  id,
  at: '2026-01-01T14:02:00.000Z',
  what: 'admin-made',
  by: 'Mila Novak',
  person: { id: 'jon', username: 'Jon Ek' },
  ...changed,
})

const answers: Answers = {
  'instances.list': () => succeed([berlin, paris]),
  'policy.read': () => succeed(policyReading()),
  'users.list': () => succeed(peoplePage(person('ida'))),
  'users.read': ({ user }) => succeed(person(user, { displayName: 'Jon Ek' })),
  'users.sessions': () => succeed(sessionPage()),
  'news.dismiss': () => succeed(undefined),
  'lock.now': () => succeed(undefined),
}
const renderWith = (notices: readonly InstanceNotice[], more: Answers = {}) =>
  renderWindow({
    ...answers,
    'news.state': () => succeed({ following: {}, notices: [...notices] }),
    ...more,
  })
const section = () => screen.findByRole('region', { name: 'For Owners' })
const lines = async () => within(await section()).getAllByRole('listitem')
const texts = async () => (await lines()).map(({ textContent }) => textContent?.replace(/ · .*/, ''))

describe('what Owners are told', () => {
  test('B7: one line says who did what to whom, on which instance and when, whatever screen is open', async () => {
    const { user } = await renderWith([
      noticeOf(9, { what: 'owner-made' }),
      noticeOf(8, { what: 'password-reset', instance: paris.instance.id }),
      noticeOf(7, { what: 'many-sessions-ended', person: undefined }),
    ])
    const said = [
      'Mila Novak made Jon Ek an owner on Berlin',
      'Mila Novak set a new password for Jon Ek on Paris',
      'Mila Novak ended more than 50 sessions on Berlin',
    ]
    expect(await texts()).toEqual(said)
    expect((await lines())[0]?.textContent).toMatch(/ · .*\d\d/)
    await user.click(screen.getByRole('button', { name: 'Settings' }))
    await screen.findByRole('heading', { level: 1, name: 'Settings' })
    expect(await texts()).toEqual(said)
  })

  test('B7: a notice that comes is announced, politely', async () => {
    const { tell } = await renderWith([])
    await screen.findByRole('heading', { level: 1, name: 'Security' })
    expect(screen.queryByRole('region', { name: 'For Owners' })).toBeNull()
    await tell('news.state', { following: {}, notices: [noticeOf(1)] })
    const announced = () => screen.getAllByRole('status').map(({ textContent }) => textContent)
    await waitFor(() => expect(announced()).toContain('Mila Novak made Jon Ek an admin on Berlin'))
  })

  test('B7: the way to the person opens them on Users of that instance', async () => {
    const { user, main } = await renderWith([noticeOf(1, { instance: paris.instance.id })])
    await user.click(within(await section()).getByRole('button', { name: 'Show Jon Ek' }))
    const pane = await screen.findByRole('complementary', { name: 'Jon Ek' })
    expect(pane).toBeTruthy()
    expect(main.given('users.read')).toEqual([{ instance: paris.instance.id, user: 'jon' }])
    expect(document.title).toBe('Paris')
  })

  test('B7: whoever is gone by now is searched for', async () => {
    const { user, main } = await renderWith([noticeOf(1)], {
      'users.read': () => fail({ code: 'not-found', message: 'Nobody there.' }),
    })
    await user.click(within(await section()).getByRole('button', { name: 'Show Jon Ek' }))
    await waitFor(() => expect(main.given('users.list').map(({ query }) => query.search)).toContain('Jon Ek'))
  })

  test('B7: there is no way to a person where people can’t be seen', async () => {
    await renderWith([noticeOf(1)], {
      'instances.list': () =>
        succeed([{ instance: instance(), connection: connection({ ...owner, rights: {} }) }]),
    })
    expect(within(await section()).queryByRole('button', { name: /^Show/ })).toBeNull()
  })

  test('B7: Dismiss takes one line away by the keyboard, and the keyboard stays on the next', async () => {
    const { user, main } = await renderWith([noticeOf(2, { by: 'Ada' }), noticeOf(1)])
    const [dismiss] = within(await section()).getAllByRole('button', { name: /^Dismiss: / })
    dismiss?.focus()
    await user.keyboard('{Enter}')
    await waitFor(async () => expect(await texts()).toEqual(['Mila Novak made Jon Ek an admin on Berlin']))
    expect(main.given('news.dismiss')).toEqual([
      { notices: [{ instance: berlin.instance.id, id: 2, what: 'admin-made' }] },
    ])
    await waitFor(() =>
      expect(document.activeElement?.getAttribute('aria-label')).toBe(
        'Dismiss: Mila Novak made Jon Ek an admin on Berlin',
      ),
    )
    await user.keyboard('{Enter}')
    await waitFor(() => expect(screen.queryByRole('region', { name: 'For Owners' })).toBeNull())
    await waitFor(() => expect(document.activeElement?.id).toBe('screen'))
  })

  test('B7: many are three lines until all are asked for, and go together', async () => {
    const many = Array.from({ length: 12 }, (_, index) => noticeOf(100 - index))
    const { user, main } = await renderWith(many)
    expect(await lines()).toHaveLength(3)
    await user.click(within(await section()).getByRole('button', { name: 'Show all 12' }))
    expect(await lines()).toHaveLength(12)
    await user.click(within(await section()).getByRole('button', { name: 'Dismiss all' }))
    await waitFor(() => expect(screen.queryByRole('region', { name: 'For Owners' })).toBeNull())
    expect(main.given('news.dismiss')[0]?.notices).toHaveLength(12)
  })

  test('B7: a name is text alone: no markup, no turned direction, no length without end', async () => {
    await renderWith([
      noticeOf(3, { by: '<img src=x onerror=alert(1)>', person: { id: 'x', username: 'x'.repeat(200) } }),
      noticeOf(2, { by: '\u202egro.nimda\u2066', person: { id: 'y', username: '\u200b\u2800' } }),
    ])
    const [first = '', second] = await texts()
    expect(first).toBe(`<img src=x onerror=alert(1)> made ${'x'.repeat(60)}… an admin on Berlin`)
    expect(second).toBe('gro.nimda made Somebody without a name an admin on Berlin')
    expect((await section()).querySelector('img')).toBeNull()
    const [line] = await lines()
    expect([...(line?.querySelectorAll('bdi') ?? [])].map(({ textContent }) => textContent)).toContain(
      '<img src=x onerror=alert(1)>',
    )
  })

  test('B7: the lock screen tells nothing of it', async () => {
    const { tell } = await renderWith([noticeOf(1)])
    await section()
    await tell('lock.state', { status: 'locked', reason: 'manual', retryInMs: 0 })
    await screen.findByLabelText('Passphrase')
    expect(document.body.textContent).not.toContain('Mila')
    await tell('news.state', { following: {}, notices: [noticeOf(1)] })
    expect(document.body.textContent).not.toContain('Mila')
  })
})
