// @vitest-environment jsdom
import { act, renderHook } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { UserPage } from '../../../../../domain/page.ts'
import { fail, succeed } from '../../../../../domain/problem.ts'
import type { User } from '../../../../../domain/user.ts'
import {
  refreshUsers,
  type UserFilter,
  useSessions,
  useUsers,
} from '../../../../../renderer/screens/users/use-users.ts'
import { keys } from '../../../../../renderer/state/keys.ts'
import { queryClient } from '../../../../../renderer/state/query-client.ts'
import { behind, later, leavePage, within } from '../../../../support/hooks.ts'

const instance = '0b9f4f9e-7f3a-4c06-9a0e-3f6f0a2a8c11'
const other = '1b9f4f9e-7f3a-4c06-9a0e-3f6f0a2a8c11'
const lost = fail({ code: 'unreachable', message: 'Nobody there.' })

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(leavePage)

const person = (id: string, displayName = 'Ann'): User => ({
  id,
  username: id,
  displayName,
  email: '',
  permissions: [],
  disabled: false,
})
const everyone: UserFilter = { search: '', role: undefined, active: false }

describe('O5: the list of people', () => {
  const pages: Readonly<Record<string, UserPage>> = {
    '': { items: [person('u1'), person('u2')], nextCursor: 'more', total: 3 },
    more: { items: [person('u3')], nextCursor: null, total: 4 },
  }
  const listing = () =>
    vi.fn(async ({ query }: { readonly query: { readonly cursor?: string } }) =>
      succeed(pages[query.cursor ?? '']),
    )

  test('comes page after page, as far as it was scrolled, with the newest count of all', async () => {
    const list = listing()
    behind({ users: { list } })
    const { result } = renderHook(() => useUsers(instance, everyone, true), within)
    expect(result.current).toMatchObject({ users: [], total: 0 })
    await later()
    expect(result.current.users.map(({ id }) => id)).toEqual(['u1', 'u2'])
    expect(result.current).toMatchObject({ total: 3, hasNextPage: true })
    await act(() => result.current.fetchNextPage())
    await later()
    expect(result.current.users.map(({ id }) => id)).toEqual(['u1', 'u2', 'u3'])
    expect(result.current).toMatchObject({ total: 4, hasNextPage: false })
    expect(list.mock.calls).toEqual([
      [{ instance, query: { search: '', active: false, limit: 200 } }],
      [{ instance, query: { search: '', active: false, limit: 200, cursor: 'more' } }],
    ])
  })

  test('is narrowed to what was typed and chosen, each narrowing being a list of its own', async () => {
    const list = listing()
    behind({ users: { list } })
    const filter = { search: 'ann', role: 'owner', active: true }
    renderHook(() => useUsers(instance, filter, true), within)
    renderHook(() => useUsers(instance, everyone, true), within)
    await later()
    expect(list.mock.calls).toEqual([
      [{ instance, query: { search: 'ann', role: 'owner', active: true, limit: 200 } }],
      [{ instance, query: { search: '', active: false, limit: 200 } }],
    ])
  })

  test('is not asked for before there is a connection', async () => {
    const list = listing()
    behind({ users: { list } })
    const { result } = renderHook(() => useUsers(instance, everyone, false), within)
    await later()
    expect(list).not.toHaveBeenCalled()
    expect(result.current).toMatchObject({ users: [], total: 0 })
  })

  test('gives the same list as long as nothing in it has changed', async () => {
    behind({ users: { list: listing() } })
    const { result, rerender } = renderHook(() => useUsers(instance, everyone, true), within)
    await later()
    const { users } = result.current
    rerender()
    expect(result.current.users).toBe(users)
  })

  /** Two lists of an instance and one of another, read before. */
  async function shown() {
    const list = listing()
    behind({ users: { list } })
    const all = renderHook(() => useUsers(instance, everyone, true), within)
    const few = renderHook(() => useUsers(instance, { ...everyone, search: 'a' }, true), within)
    const elsewhere = renderHook(() => useUsers(other, everyone, true), within)
    await later()
    await act(() => all.result.current.fetchNextPage())
    await later()
    list.mockClear()
    return { list, all, few, elsewhere }
  }
  const names = ({
    result,
  }: {
    readonly result: { readonly current: { readonly users: readonly User[] } }
  }) => result.current.users.map(({ id, displayName }) => `${id} ${displayName}`)

  test('of a few people whose sessions ended: each is read and put in place in every list of the instance', async () => {
    const { list, all, few, elsewhere } = await shown()
    const read = vi.fn(async ({ user }: { readonly user: string }) => succeed(person(user, 'Bea')))
    behind({ users: { list, read } })
    const untouched = queryClient.getQueryData<{ pages: unknown[] }>(keys.filteredUsers(instance, everyone))
    await act(() => refreshUsers(instance, ['u2']))
    await later()
    expect(read.mock.calls).toEqual([[{ instance, user: 'u2' }]])
    expect(names(all)).toEqual(['u1 Ann', 'u2 Bea', 'u3 Ann'])
    expect(names(few)).toEqual(['u1 Ann', 'u2 Bea'])
    expect(names(elsewhere)).toEqual(['u1 Ann', 'u2 Ann'])
    expect(list).not.toHaveBeenCalled()
    const now = queryClient.getQueryData<{ pages: unknown[] }>(keys.filteredUsers(instance, everyone))
    expect(now?.pages[1]).toBe(untouched?.pages[1])
  })

  test('keeps somebody as they were where they can’t be read, and reads the others all the same', async () => {
    const { list, all } = await shown()
    const read = async ({ user }: { readonly user: string }) =>
      user === 'u1' ? lost : succeed(person(user, 'Bea'))
    behind({ users: { list, read } })
    await act(() => refreshUsers(instance, ['u1', 'u3']))
    await later()
    expect(names(all)).toEqual(['u1 Ann', 'u2 Ann', 'u3 Bea'])
  })

  test('takes a person in whose list has not been read yet', async () => {
    behind({ users: { list: () => new Promise(() => {}), read: async () => succeed(person('u1')) } })
    const { result } = renderHook(() => useUsers(instance, everyone, true), within)
    await act(() => refreshUsers(instance, ['u1']))
    expect(result.current.users).toEqual([])
  })

  test('is asked for anew where more than 25 people’s sessions ended, and nobody is read by themselves', async () => {
    const many = Array.from({ length: 26 }, (_, at) => `u${at}`)
    const { list, elsewhere } = await shown()
    const read = vi.fn(async ({ user }: { readonly user: string }) => succeed(person(user, 'Bea')))
    behind({ users: { list, read } })
    await act(() => refreshUsers(instance, many.slice(0, 25)))
    expect([read.mock.calls.length, list.mock.calls.length]).toEqual([25, 0])
    await act(() => refreshUsers(instance, many))
    await later()
    expect([read.mock.calls.length, list.mock.calls.length]).toEqual([25, 2])
    expect(list.mock.calls.every(([asked]) => 'instance' in asked && asked.instance === instance)).toBe(true)
    expect(names(elsewhere)).toEqual(['u1 Ann', 'u2 Ann'])
  })
})

describe('somebody’s running sessions', () => {
  const page = { items: [], nextCursor: null, total: 0, serverTime: '2026-01-01T12:00:00Z' }

  test('are asked for while they are shown, every half minute and after some have ended', async () => {
    const sessions = vi.fn(async () => succeed(page))
    behind({ users: { sessions, read: async () => lost } })
    const shown = renderHook(() => useSessions(instance, 'u1', true), within)
    await later()
    expect(shown.result.current.data).toEqual(page)
    expect(sessions.mock.calls).toEqual([[{ instance, user: 'u1' }]])
    await later(29_999)
    expect(sessions).toHaveBeenCalledTimes(1)
    await later(1)
    expect(sessions).toHaveBeenCalledTimes(2)
    await act(() => refreshUsers(other, []))
    await later()
    expect(sessions).toHaveBeenCalledTimes(2)
    await act(() => refreshUsers(instance, []))
    await later()
    expect(sessions).toHaveBeenCalledTimes(3)
    shown.unmount()
    await later(120_000)
    expect(sessions).toHaveBeenCalledTimes(3)
    renderHook(() => useSessions(instance, 'u1', true), within)
    await later()
    expect(sessions).toHaveBeenCalledTimes(4)
  })

  test('are not asked for where the server has no such list', async () => {
    const sessions = vi.fn(async () => succeed(page))
    behind({ users: { sessions } })
    renderHook(() => useSessions(instance, 'u1', false), within)
    await later(60_000)
    expect(sessions).not.toHaveBeenCalled()
  })
})
