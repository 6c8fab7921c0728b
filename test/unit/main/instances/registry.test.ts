import { expect, test } from 'vitest'
import type { Instance } from '../../../../domain/instance.ts'
import { createRegistry } from '../../../../main/instances/registry.ts'

const instanceOf = (n: number, name = `Server ${n}`): Instance => ({
  id: `11111111-1111-4111-8111-00000000000${n}`,
  name,
  colour: 'teal',
  environment: 'Test',
  baseUrl: `https://server-${n}.example.com`,
  connector: 'session-service',
  builtIn: false,
  username: 'owner',
})
const [one, two, three] = [instanceOf(1), instanceOf(2), instanceOf(3)]

/** The registry over a file in memory whose disk takes its time. */
function build() {
  let value: readonly Instance[] = [one, two]
  let cleared = 0
  const registry = createRegistry({
    get value() {
      return value
    },
    async write(next) {
      await new Promise(setImmediate)
      value = next
    },
    async clear() {
      await new Promise(setImmediate)
      cleared += 1
      value = []
    },
  })
  return { registry, cleared: () => cleared }
}

test('C5 the list has the instances of the file in their order, each found by its id alone', () => {
  const { registry } = build()
  expect(registry.list()).toEqual([one, two])
  expect([registry.get(two.id), registry.get(three.id)]).toEqual([two, undefined])
})

test('C5 a new instance comes last, a known one stays in its place, and both are on disk when that is told', async () => {
  const { registry } = build()
  await registry.put(three)
  expect(registry.list()).toEqual([one, two, three])
  await registry.put(instanceOf(2, 'Renamed'))
  expect(registry.list()).toEqual([one, instanceOf(2, 'Renamed'), three])
})

test('C5 removing an instance leaves the others, and one that is not there leaves all', async () => {
  const { registry } = build()
  await registry.remove(three.id)
  expect(registry.list()).toEqual([one, two])
  await registry.remove(one.id)
  expect(registry.list()).toEqual([two])
})

test('C1 forgetting them all has the file forget also what could not be read', async () => {
  const { registry, cleared } = build()
  await registry.clear()
  expect([registry.list(), cleared()]).toEqual([[], 1])
})
