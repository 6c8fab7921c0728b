import type { InfiniteData, Query } from '@tanstack/react-query'
import type { InstanceId } from '../../domain/instance.ts'
import type { Stale } from '../../domain/news.ts'
import type { UserPage } from '../../domain/page.ts'
import type { User } from '../../domain/user.ts'
import { main } from './calls.ts'
import { keys } from './keys.ts'
import { pageStore } from './page-store.ts'
import { queryClient } from './query-client.ts'

/** Of so few people each is read alone; of more the lists are read again. */
const fewEnough = 25
/** What is on show is read again at most so often, and never sooner than so many times as long as the reading takes. */
const restMs = 500
const restFactor = 3

/** What became stale of each instance while something of it was being read again. */
type Waiting = Readonly<Record<InstanceId, readonly Stale[]>>

const useWaiting = pageStore<{ readonly waiting: Waiting }>({ waiting: {} })

/**
 * Reads again what is on show and stale. What is shown stays until the new is there, and what nobody looks at is read
 * when somebody does. One instance is read again by one reader at a time, so that a stream of news can't keep a reading from its
 * end.
 */
export function acceptStale(stale: readonly Stale[]): void {
  for (const instance of new Set(stale.map((one) => one.instance))) {
    const theirs = stale.filter((one) => one.instance === instance)
    const { waiting } = useWaiting.getState()
    const isReading = waiting[instance] !== undefined
    useWaiting.setState({ waiting: { ...waiting, [instance]: [...(waiting[instance] ?? []), ...theirs] } })
    if (!isReading) void readAgain(instance)
  }
}

async function readAgain(instance: InstanceId): Promise<void> {
  for (;;) {
    const { waiting } = useWaiting.getState()
    const stale = waiting[instance] ?? []
    if (stale.length === 0) {
      const { [instance]: _, ...others } = waiting
      useWaiting.setState({ waiting: others })
      return
    }
    useWaiting.setState({ waiting: { ...waiting, [instance]: [] } })
    const began = performance.now()
    await Promise.all(combined(stale).map(refresh))
    const took = performance.now() - began
    await new Promise((resolve) => setTimeout(resolve, Math.max(restMs, took * restFactor)))
    // A lock in between has forgotten all of it.
    if (useWaiting.getState().waiting[instance] === undefined) return
  }
}

/** One of each kind, with everybody whom any of them named. */
function combined(stale: readonly Stale[]): readonly Stale[] {
  const byKind = new Map<Stale['what'], Stale>()
  for (const one of stale) {
    const before = byKind.get(one.what) ?? { ...one, whose: [] }
    const named =
      before.whose && one.whose ? { whose: [...new Set([...before.whose, ...one.whose])] } : undefined
    byKind.set(one.what, { instance: one.instance, what: one.what, ...named })
  }
  return [...byKind.values()]
}

function refresh({ instance, what, whose }: Stale): Promise<unknown> {
  if (what === 'sessions' && whose)
    return Promise.all(whose.map((user) => invalidate(keys.sessionsOf(instance, user))))
  if (what === 'users' && whose) return refreshPeople(instance, whose)
  return invalidate([instance, what])
}

const invalidate = (queryKey: readonly unknown[]) => queryClient.invalidateQueries({ queryKey })

/** A list on show of everybody is brought up to date in place; any other may have other people by now. */
async function refreshPeople(instance: InstanceId, whose: readonly string[]): Promise<void> {
  const inPlace = (list: Query) => whose.length <= fewEnough && list.isActive() && hasAll(list, whose)
  const isSomeInPlace = queryClient
    .getQueryCache()
    .findAll({ queryKey: keys.users(instance) })
    .some(inPlace)
  await Promise.all([
    queryClient.invalidateQueries({ queryKey: keys.users(instance), predicate: (list) => !inPlace(list) }),
    ...(isSomeInPlace ? whose.map((user) => readPerson(instance, user)) : []),
  ])
}

/** Whether a list is of everybody, so that nobody enters or leaves it by what became of them, and has these people. */
function hasAll({ queryKey, state }: Query, whose: readonly string[]): boolean {
  const { search = '', role, active = false } = (queryKey[2] ?? {}) as Readonly<Record<string, unknown>>
  if (search !== '' || role !== undefined || active === true) return false
  const { pages = [] } = (state.data ?? {}) as Partial<InfiniteData<UserPage, string>>
  const shown = new Set(pages.flatMap(({ items }) => items.map(({ id }) => id)))
  return whose.every((user) => shown.has(user))
}

async function readPerson(instance: InstanceId, user: string): Promise<void> {
  const read = await main().users.read({ instance, user })
  if (read.ok) replaceUser(instance, read.value)
}

/** Puts a person who was read anew into every list that has them. */
export function replaceUser(instance: InstanceId, user: User): void {
  queryClient.setQueriesData<InfiniteData<UserPage, string>>({ queryKey: keys.users(instance) }, (data) => {
    if (!data) return data
    return {
      ...data,
      pages: data.pages.map((page) => ({
        ...page,
        items: page.items.map((item) => (item.id === user.id ? user : item)),
      })),
    }
  })
}
