import { expect, test } from 'vitest'
import { createRecent } from '../../service/recent.ts'
import { shareReads } from '../../service/store/shared-reads.ts'

interface Line {
  readonly id: string
  readonly value: string
}

/** A store of lines whose reads see what is there when they are sent and are answered when the test says so. */
function startStore() {
  const lines = new Map<string, string>()
  const sent: { readonly what: string; answer(): void; fail(): void }[] = []
  const state = { changes: 0, epoch: 0 }
  const underWay = <T>(what: string, seen: T) =>
    new Promise<T>((resolve, reject) => {
      sent.push({ what, answer: () => resolve(seen), fail: () => reject(new Error('lost')) })
    })
  const ask = shareReads<Line>(
    {
      readAll: (ids) =>
        underWay(`rows ${ids.join(' ')}`, {
          rows: ids.flatMap((id) => {
            const value = lines.get(id)
            return value === undefined ? [] : [{ id, value }]
          }),
          stamp: String(state.changes),
        }),
      readStamp: () => underWay('stamp', String(state.changes)),
      epoch: () => state.epoch,
    },
    createRecent<Line>(100),
  )
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
  return {
    ask: async (id: string) => (await ask(id))?.value,
    write: (id: string, value: string) => {
      lines.set(id, value)
      state.changes++
    },
    /** The database was away: it counts anew from where it was, with something else written. */
    crash: (id: string, value: string) => {
      lines.set(id, value)
      state.epoch++
    },
    sent: () => sent.map(({ what }) => what),
    /** Waits for the next read to be sent. */
    next: async () => {
      for (let turns = 0; sent.length === 0 && turns < 20; turns++) await turn()
      const first = sent.shift()
      if (!first) throw new Error('Nothing was sent.')
      return first
    },
    turn,
  }
}

test('Those who ask at the same moment share one read, and each gets their own row', async () => {
  const store = startStore()
  store.write('a', '1')
  const asked = [store.ask('a'), store.ask('b'), store.ask('a')]
  const read = await store.next()
  expect(read.what).toBe('rows a b')
  read.answer()
  expect(await Promise.all(asked)).toEqual(['1', undefined, '1'])
  expect(store.sent()).toEqual([])
})

test('O5: who asks while a read is under way is told what was stored before they asked', async () => {
  const store = startStore()
  store.write('a', 'running')
  const before = store.ask('a')
  const slow = await store.next()
  store.write('a', 'revoked')
  const after = store.ask('a')
  const own = await store.next()
  slow.answer()
  expect(await before).toBe('running')
  own.answer()
  expect(await after).toBe('revoked')
})

test('O5: who asks while two slow reads are under way waits for a third of their own', async () => {
  const store = startStore()
  store.write('a', 'running')
  const early = [store.ask('a')]
  const first = await store.next()
  early.push(store.ask('a'))
  const second = await store.next()
  store.write('a', 'revoked')
  const after = store.ask('a')
  for (let turns = 0; turns < 5; turns++) await store.turn()
  expect(store.sent()).toEqual([])
  second.answer()
  first.answer()
  expect(await Promise.all(early)).toEqual(['running', 'running'])
  for (const what of ['stamp', 'rows a']) {
    const read = await store.next()
    expect(read.what).toBe(what)
    read.answer()
  }
  expect(await after).toBe('revoked')
})

test('A known row is told again only when the database says, after the question, that nothing has changed', async () => {
  const store = startStore()
  store.write('a', 'running')
  const first = store.ask('a')
  ;(await store.next()).answer()
  await first
  const again = store.ask('a')
  const stamp = await store.next()
  expect(stamp.what).toBe('stamp')
  store.write('a', 'revoked')
  const after = store.ask('a')
  const own = await store.next()
  expect(own.what).toBe('stamp')
  stamp.answer()
  expect(await again).toBe('running')
  own.answer()
  const rows = await store.next()
  expect(rows.what).toBe('rows a')
  rows.answer()
  expect(await after).toBe('revoked')
})

test('What was known before a change is read anew, also when somebody else was the first to see the change', async () => {
  const store = startStore()
  store.write('a', 'running')
  store.write('b', 'running')
  const first = Promise.all([store.ask('a'), store.ask('b')])
  ;(await store.next()).answer()
  await first
  store.write('a', 'revoked')
  const other = store.ask('b')
  ;(await store.next()).answer()
  ;(await store.next()).answer()
  await other
  const asked = store.ask('a')
  const read = await store.next()
  expect(read.what).toBe('rows a')
  read.answer()
  expect(await asked).toBe('revoked')
})

test('A read that is answered late does not put back what was known before', async () => {
  const store = startStore()
  store.write('a', 'running')
  const early = store.ask('a')
  const slow = await store.next()
  store.write('a', 'revoked')
  const late = store.ask('a')
  ;(await store.next()).answer()
  expect(await late).toBe('revoked')
  slow.answer()
  await early
  const last = store.ask('a')
  ;(await store.next()).answer()
  ;(await store.next()).answer()
  expect(await last).toBe('revoked')
})

test('After the database was away nothing that was known counts, though its stamp is the same', async () => {
  const store = startStore()
  store.write('a', 'running')
  const first = store.ask('a')
  ;(await store.next()).answer()
  await first
  store.crash('a', 'revoked')
  const idle = store.ask('a')
  const read = await store.next()
  expect(read.what).toBe('rows a')
  read.answer()
  expect(await idle).toBe('revoked')

  const asked = store.ask('a')
  const stamp = await store.next()
  expect(stamp.what).toBe('stamp')
  store.crash('a', 'gone')
  stamp.answer()
  const rows = await store.next()
  rows.answer()
  expect(await asked).toBe('gone')
})

test('A read that fails fails for those who shared it and for nobody else', async () => {
  const store = startStore()
  store.write('a', '1')
  const together = [store.ask('a'), store.ask('a')]
  ;(await store.next()).fail()
  expect((await Promise.allSettled(together)).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  const later = store.ask('a')
  ;(await store.next()).answer()
  expect(await later).toBe('1')
})

test('A burst of thousands is read in pieces, and everybody gets their own row', async () => {
  const store = startStore()
  const ids = Array.from({ length: 1_201 }, (_, index) => `id${index}`)
  for (const id of ids) store.write(id, `value of ${id}`)
  const asked = Promise.all(ids.map(store.ask))
  for (const size of [500, 500, 201]) {
    const read = await store.next()
    expect(read.what.split(' ')).toHaveLength(size + 1)
    read.answer()
  }
  expect(await asked).toEqual(ids.map((id) => `value of ${id}`))
})
