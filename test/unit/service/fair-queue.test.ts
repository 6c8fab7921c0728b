import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { BusyError, createFairQueue, type Turn } from '../../../service/fair-queue.ts'

/** A queue whose work ends when it is told to, and the order in which work was begun. */
function start({ slots = 1, length = 10 } = {}) {
  const queue = createFairQueue({ slots, length })
  const begun: string[] = []
  const refused: string[] = []
  const running: (() => void)[] = []
  const add = (name: string, turn: Partial<Turn> = {}) => {
    queue(
      { known: false, had: 0, ...turn },
      () =>
        new Promise<void>((end) => {
          begun.push(name)
          running.push(end)
        }),
    ).catch((error: unknown) => {
      if (!(error instanceof BusyError)) throw error
      refused.push(name)
    })
  }
  const endOne = async () => {
    running.shift()?.()
    await setImmediate()
  }
  return { add, endOne, begun, refused, running }
}

/** Lets everything that waits have its turn. */
async function drain({ endOne, running }: ReturnType<typeof start>): Promise<void> {
  while (running.length > 0) await endOne()
}

test('Work goes on in as many slots as there are, and every slot is used again', async () => {
  const queue = start({ slots: 2 })
  for (const name of ['a', 'b', 'c', 'd', 'e']) queue.add(name)
  expect(queue.begun).toEqual(['a', 'b'])
  await queue.endOne()
  expect(queue.begun).toEqual(['a', 'b', 'c'])
  await drain(queue)
  expect(queue.begun).toEqual(['a', 'b', 'c', 'd', 'e'])
  queue.add('f')
  queue.add('g')
  queue.add('h')
  expect(queue.running).toHaveLength(2)
})

test('Networks take turns, whichever came first and however many each one sends', async () => {
  const queue = start({ length: 60 })
  queue.add('running')
  for (let index = 0; index < 10; index++) queue.add(`many ${index}`, { had: index })
  for (let index = 0; index < 3; index++) queue.add(`few ${index}`, { had: index })
  await drain(queue)
  expect(queue.begun.slice(1, 8)).toEqual(['many 0', 'few 0', 'many 1', 'few 1', 'many 2', 'few 2', 'many 3'])
})

test('When it is full the last of whoever had most is refused, and nobody else', async () => {
  const queue = start({ length: 10 })
  queue.add('running')
  for (let index = 0; index < 30; index++) queue.add(`many ${index}`, { had: index })
  await setImmediate()
  expect(queue.refused).toHaveLength(25)
  expect(queue.refused).not.toContain('many 4')
  queue.add('person')
  await setImmediate()
  expect(queue.refused.at(-1)).toBe('many 4')
  await drain(queue)
  expect(queue.begun).toEqual(['running', 'person', 'many 0', 'many 1', 'many 2', 'many 3'])
})

test('Among equals who came first goes first, until so many wait that the newest does', async () => {
  const short = start({ length: 40 })
  short.add('running')
  for (const name of ['a', 'b', 'c']) short.add(name)
  await drain(short)
  expect(short.begun).toEqual(['running', 'a', 'b', 'c'])
  const long = start({ length: 8 })
  long.add('running')
  for (const name of ['a', 'b', 'c', 'd', 'e']) long.add(name)
  await drain(long)
  expect(long.begun).toEqual(['running', 'e', 'd', 'c', 'a'])
  expect(long.refused).toEqual(['b'])
})

test('Known devices are served as they came, however many wait', async () => {
  const queue = start({ length: 8 })
  queue.add('running')
  for (const name of ['a', 'b', 'c', 'd', 'e']) queue.add(name, { known: true })
  await drain(queue)
  expect(queue.begun).toEqual(['running', 'a', 'b', 'c', 'd'])
  expect(queue.refused).toEqual(['e'])
})

test('Strangers who stand in a full line hold up nobody who had less than they, or as little', async () => {
  const queue = start({ length: 20 })
  queue.add('running')
  for (let index = 0; index < 10; index++) queue.add(`stale ${index}`)
  for (let index = 0; index < 100; index++) queue.add(`again ${index}`, { had: 1 })
  queue.add('person')
  for (let index = 0; index < 100; index++) queue.add(`again and again ${index}`, { had: 2 })
  await drain(queue)
  expect(queue.begun[1]).toBe('person')
})

test('Known devices go first and can’t starve others; neither line can fill the other', async () => {
  const queue = start({ length: 20 })
  queue.add('running')
  for (let index = 0; index < 50; index++) queue.add(`other ${index}`)
  for (let index = 0; index < 6; index++) queue.add(`known ${index}`, { known: true })
  await drain(queue)
  expect(queue.refused.filter((name) => name.startsWith('known'))).toEqual([])
  expect(queue.begun.slice(1, 9)).toEqual([
    'known 0',
    'known 1',
    'known 2',
    'other 49',
    'known 3',
    'known 4',
    'known 5',
    'other 48',
  ])
  const crowded = start({ length: 20 })
  crowded.add('running')
  for (let index = 0; index < 50; index++) crowded.add(`known ${index}`, { known: true })
  crowded.add('other')
  await setImmediate()
  expect(crowded.refused).toHaveLength(40)
  expect(crowded.refused).not.toContain('other')
})

test('Known devices go on one after the other where nobody else waits', async () => {
  const queue = start({ length: 40 })
  queue.add('running')
  for (let index = 0; index < 9; index++) queue.add(`known ${index}`, { known: true })
  for (let index = 0; index < 9; index++) await queue.endOne()
  expect(queue.begun).toHaveLength(10)
  expect(queue.running).toHaveLength(1)
})

test('Whoever is refused is told why', async () => {
  const queue = createFairQueue({ slots: 1, length: 2 })
  const first = Promise.withResolvers<void>()
  let gone = false
  const turn = { known: false, had: 0 }
  const running = queue(turn, () => first.promise)
  const leaving = queue({ ...turn, isGone: () => gone }, async () => {})
  const crowded = queue({ ...turn, had: 1 }, async () => {})
  await expect(crowded).rejects.toMatchObject({ name: 'BusyError', message: 'Too much is waiting.' })
  gone = true
  first.resolve()
  await running
  await expect(leaving).rejects.toMatchObject({
    name: 'BusyError',
    message: 'Nobody waits for it any more.',
  })
})

test('Whoever has hung up is skipped', async () => {
  const queue = start()
  let gone = false
  queue.add('running')
  queue.add('gone', { isGone: () => gone })
  queue.add('waits')
  gone = true
  await drain(queue)
  expect(queue.begun).toEqual(['running', 'waits'])
  expect(queue.refused).toEqual(['gone'])
})

test('Work that fails gives its slot back', async () => {
  const queue = createFairQueue({ slots: 1, length: 2 })
  const turn = { known: false, had: 0 }
  await expect(queue(turn, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  expect(await queue(turn, async () => 'done')).toBe('done')
})
