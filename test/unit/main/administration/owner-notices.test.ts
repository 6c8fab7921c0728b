import { describe, expect, test } from 'vitest'
import type { InstanceId, InstanceState } from '../../../../domain/instance.ts'
import type { Notice } from '../../../../domain/news.ts'
import { fail, type Outcome, type Problem, succeed } from '../../../../domain/problem.ts'
import type { Seen } from '../../../../main/administration/notice-board.ts'
import { createOwnerNotices } from '../../../../main/administration/owner-notices.ts'
import type { Connection } from '../../../../main/connectors/connector.ts'
import { createVirtualTime } from '../../../support/virtual-time.ts'

const berlin = '0b9f4f9e-7f3a-4c06-9a0e-3f6f0a2a8c11'
const paris = '5d1c7e34-31a7-4a8e-9d37-0d4d5b1e7c22'

const noticeOf = (id: number, what: Notice['what'] = 'admin-made'): Notice => ({
  id,
  at: new Date(Date.UTC(2026, 0, 1) + id * 1_000).toISOString(),
  what,
  by: 'mila',
})
const keyOf = (instance: InstanceId, id: number, what: Notice['what'] = 'admin-made') => ({
  instance,
  id,
  what,
})

/** A server's list, a file, and an unlocked period after the other. */
function build(seen: Seen = { [berlin]: { after: 0, dismissed: [] }, [paris]: { after: 0, dismissed: [] } }) {
  const time = createVirtualTime()
  let listed: readonly InstanceId[] = [berlin, paris]
  let stored = seen
  let answer: (after: number) => Outcome<readonly Notice[]> = () => succeed([])
  let hold: Promise<void> | undefined
  const asked: number[] = []
  const log: string[] = []
  let isFull = false
  let changes = 0
  const connection = {
    events: {
      async notices(after: number) {
        asked.push(after)
        await hold
        return answer(after)
      },
    },
  } as unknown as Connection
  const notices = createOwnerNotices({
    connections: {
      states: () => listed.map((id) => ({ instance: { id } }) as InstanceState),
      use: (_, work) => work(connection),
    },
    store: {
      read: () => stored,
      async write(next) {
        if (isFull) throw new Error('No space.')
        stored = next
      },
      clear: async () => {
        stored = {}
      },
    },
    after: time.after,
    onChange: () => {
      changes += 1
    },
    log: (what) => log.push(what),
  })
  let period = new AbortController()
  notices.open(period.signal)
  return {
    time,
    notices,
    asked,
    log,
    ids: () => notices.list().map(({ id }) => id),
    get stored() {
      return stored
    },
    get changes() {
      return changes
    },
    serverHas(...items: readonly Notice[]) {
      answer = (after) => succeed(items.filter(({ id }) => id > after).toReversed())
    },
    serverSays(problem: Problem['code']) {
      answer = () => fail({ code: problem, message: 'No.' } as Problem)
    },
    holdBack(until: Promise<void>) {
      hold = until
    },
    diskIsFull() {
      isFull = true
    },
    remove(instance: InstanceId) {
      listed = listed.filter((id) => id !== instance)
    },
    lock() {
      notices.close()
      period.abort()
    },
    unlock() {
      period = new AbortController()
      notices.open(period.signal)
    },
  }
}

describe('what Owners are told', () => {
  test('B7: is listed once, however it was heard, newest first over all instances', async () => {
    const world = build()
    world.serverHas(noticeOf(1), noticeOf(5), noticeOf(5, 'password-reset'))
    world.notices.heard(berlin, noticeOf(5))
    await world.notices.ask(berlin)
    world.notices.heard(paris, noticeOf(3))
    expect(world.notices.list().map(({ instance, id, what }) => [instance, id, what])).toEqual([
      [berlin, 5, 'admin-made'],
      [berlin, 5, 'password-reset'],
      [paris, 3, 'admin-made'],
      [berlin, 1, 'admin-made'],
    ])
  })

  test('B7: what is dismissed in whatever order stays dismissed over locks, and the rest comes back', async () => {
    const world = build()
    world.serverHas(...[1, 2, 3, 4].map((id) => noticeOf(id)))
    await world.notices.ask(berlin)
    await world.notices.dismiss([keyOf(berlin, 4), keyOf(berlin, 2)])
    world.lock()
    expect(world.ids()).toEqual([])
    world.unlock()
    await world.notices.ask(berlin)
    expect(world.ids()).toEqual([3, 1])
    await world.notices.dismiss([keyOf(berlin, 1), keyOf(berlin, 3)])
    // All are done with: nothing but the number of the last is kept.
    expect(world.stored[berlin]).toEqual({ after: 4, dismissed: [] })
    world.lock()
    world.unlock()
    await world.notices.ask(berlin)
    expect(world.ids()).toEqual([])
    expect(world.asked.at(-1)).toBe(4)
  })

  test('B7: of an instance that is new nothing of old is told, and what is heard meanwhile is', async () => {
    const world = build({})
    world.serverHas(noticeOf(1), noticeOf(2), noticeOf(3))
    world.notices.heard(berlin, noticeOf(3))
    await world.notices.ask(berlin)
    expect(world.ids()).toEqual([3])
    expect(world.stored[berlin]).toEqual({ after: 2, dismissed: [] })
    world.lock()
    world.unlock()
    await world.notices.ask(berlin)
    expect(world.ids()).toEqual([3])
  })

  test('B7: whoever is no Owner any more is told nothing, and what was told before goes', async () => {
    const world = build()
    world.notices.heard(berlin, noticeOf(1))
    world.serverSays('refused')
    await world.notices.ask(berlin)
    expect(world.ids()).toEqual([])
    await world.time.pass(600_000)
    expect(world.asked).toHaveLength(1)
  })

  test('B7: a server that gives no answer is asked again, and what is known stays', async () => {
    const world = build()
    world.notices.heard(berlin, noticeOf(1))
    world.serverSays('unreachable')
    await world.notices.ask(berlin)
    expect(world.ids()).toEqual([1])
    world.serverHas(noticeOf(1), noticeOf(2))
    world.time.pass(30_000)
    await expect.poll(world.ids).toEqual([2, 1])
  })

  test('B7: an answer that comes after a lock is nobody’s, also where the app is unlocked again', async () => {
    const world = build()
    let release = () => {}
    world.holdBack(
      new Promise((resolve) => {
        release = resolve
      }),
    )
    world.serverHas(noticeOf(1))
    const asking = world.notices.ask(berlin)
    world.lock()
    world.unlock()
    release()
    await asking
    expect(world.ids()).toEqual([])
    world.lock()
    expect(world.time.waiting).toBe(0)
  })

  test('B7: a server that tells without end fills nothing: the newest of it are kept', async () => {
    const world = build()
    for (let id = 1; id <= 5_000; id += 1) world.notices.heard(berlin, noticeOf(id))
    expect(world.ids()).toHaveLength(200)
    expect(world.ids()[0]).toBe(5_000)
    await world.notices.dismiss(world.notices.list())
    expect(world.stored[berlin]).toEqual({ after: 5_000, dismissed: [] })
  })

  test('B7: what was seen of an instance that was removed is forgotten, and its lines go', async () => {
    const world = build()
    world.notices.heard(berlin, noticeOf(1))
    world.notices.heard(paris, noticeOf(1))
    world.remove(berlin)
    expect(world.notices.list().map(({ instance }) => instance)).toEqual([paris])
    await world.notices.dismiss([keyOf(paris, 1)])
    expect(Object.keys(world.stored)).toEqual([paris])
  })

  test('B7: a full disk is logged, and the line is gone all the same', async () => {
    const world = build()
    world.notices.heard(berlin, noticeOf(1))
    world.diskIsFull()
    await world.notices.dismiss([keyOf(berlin, 1)])
    expect(world.ids()).toEqual([])
    expect(world.log).toEqual(['Keeping which notices were seen failed'])
  })
})
