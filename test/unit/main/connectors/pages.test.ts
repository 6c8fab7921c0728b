import { expect, test } from 'vitest'
import { fail, succeed } from '../../../../domain/problem.ts'
import { readAllPages } from '../../../../main/connectors/http/pages.ts'

/** A list of so many, `size` a page. */
function listOf(count: number, size: number) {
  let asked = 0
  const readPage = async (cursor: string | undefined) => {
    asked += 1
    const from = Number(cursor ?? 0)
    const to = Math.min(from + size, count)
    const items = Array.from({ length: to - from }, (_, at) => ({ id: `s${from + at}` }))
    return succeed({ items, nextCursor: to < count ? String(to) : null, total: count })
  }
  return { readPage, asked: () => asked }
}

test.each([0, 1, 499, 500, 501, 523, 1_500])('O5: a list of %d is read to its end', async (count) => {
  const list = await readAllPages(listOf(count, 500).readPage)
  expect(list).toMatchObject({ value: { total: count, nextCursor: null } })
  expect(list.ok && new Set(list.value.items.map(({ id }) => id)).size).toBe(count)
})

test('O5: of a list without a reasonable end it says how much is left out', async () => {
  const { readPage, asked } = listOf(1_000_000, 500)
  const list = await readAllPages(readPage)
  expect(asked()).toBe(20)
  expect(list.ok && list.value.items.length).toBe(10_000)
  expect(list).toMatchObject({ value: { total: 1_000_000, nextCursor: '10000' } })
})

test('a server that gives the same cursor for ever is not asked for ever', async () => {
  let asked = 0
  const list = await readAllPages(async () => {
    asked += 1
    return succeed({ items: [{ id: 'a' }, { id: 'b' }], nextCursor: 'again', total: 7 })
  })
  expect(asked).toBe(2)
  expect(list).toMatchObject({ value: { items: [{ id: 'a' }, { id: 'b' }], total: 7 } })
})

test('half a list is not passed off as the whole: a page that fails fails it', async () => {
  const { readPage } = listOf(1_000, 500)
  const lost = fail({ code: 'unreachable', message: 'Gone.' })
  expect(await readAllPages(async (cursor) => (cursor === undefined ? readPage(cursor) : lost))).toEqual(lost)
})

test('O5: what stands on two pages is counted once, and what was counted meanwhile is not lost', async () => {
  const page = (ids: readonly string[], nextCursor: string | null, total: number) =>
    succeed({ items: ids.map((id) => ({ id })), nextCursor, total })
  const read = (last: ReturnType<typeof page>) =>
    readAllPages(async (cursor) => (cursor === undefined ? page(['a', 'b'], 'next', 9) : last))
  expect(await read(page(['b', 'c'], null, 9))).toMatchObject({
    value: { items: [{ id: 'a' }, { id: 'b' }, { id: 'c' }], total: 3 },
  })
  expect(await read(page(['c', 'd'], 'next', 3))).toMatchObject({ value: { total: 4, nextCursor: 'next' } })
})
