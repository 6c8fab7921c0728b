import { describe, expect, test } from 'vitest'
import { instancesLayout } from '../../../../main/instances/instances-file.ts'

const entry = (n: number, changes: Record<string, unknown> = {}) => ({
  id: `11111111-1111-4111-8111-00000000000${n}`,
  name: `Server ${n}`,
  colour: 'teal',
  environment: 'Test',
  baseUrl: `https://server-${n}.example.com`,
  connector: 'session-service',
  builtIn: false,
  username: 'owner',
  ...changes,
})

function reading(instances: unknown) {
  const told: string[] = []
  const value = instancesLayout.read({ instances }, (field, does) => told.push(`${field}: ${does}`))
  return { value, ids: value?.map(({ id }) => Number(id.at(-1))), told }
}

describe('C5 the list of instances', () => {
  test('C5 is read as it was written', () => {
    const list = [entry(1), entry(2)]
    expect(reading(list)).toMatchObject({ value: list, told: [] })
    expect(instancesLayout.read({}, () => {})).toEqual([])
  })

  test('C5 with a field that this version does not know keeps the field, and every instance', () => {
    const list = [entry(1, { pinned: true }), entry(2)]
    const { value = [], told } = reading(list)
    expect(value).toEqual([entry(1), entry(2)])
    expect(told).toEqual([])
    const renamed = value.map((instance) => ({ ...instance, name: 'Renamed' }))
    expect(instancesLayout.write(renamed, { order: 'name', instances: list })).toEqual({
      order: 'name',
      instances: [entry(1, { name: 'Renamed', pinned: true }), entry(2, { name: 'Renamed' })],
    })
  })

  test.each([
    ['name', ''],
    ['name', undefined],
    ['name', 'x'.repeat(61)],
    ['colour', 'ultraviolet'],
    ['environment', 7],
    ['builtIn', 'yes'],
  ])('C5 with %s: %j shows that instance all the same, and names the field', (field, bad) => {
    const { ids, told } = reading([entry(1), entry(2, { [field]: bad })])
    expect(ids).toEqual([1, 2])
    expect(told).toEqual([expect.stringMatching(new RegExp(`^instances\\[1\\]\\.${field}: `))])
  })

  test.each([
    ['id', 'one'],
    ['id', entry(1).id],
    ['baseUrl', 'http://server.example.com'],
    ['baseUrl', 'https://owner:password@server.example.com'],
    ['baseUrl', 7],
    ['connector', 'a product of next year'],
    ['username', null],
  ])('C5 with %s: %j leaves that instance out, and loses neither its entry nor another', (field, bad) => {
    const foul = entry(2, { [field]: bad })
    const list = [entry(1), foul, entry(3)]
    const { value = [], ids, told } = reading(list)
    expect(ids).toEqual([1, 3])
    expect(told).toEqual([expect.stringMatching(new RegExp(`^instances\\[1\\]\\.${field}: .*are kept`))])
    const written = instancesLayout.write(value.slice(0, 1), { instances: list })
    expect(written['instances']).toEqual([entry(1), foul])
  })

  test.each([null, 'a text', 7, [entry(2)]])('C5 with an entry that is none (%j) keeps it', (foul) => {
    const { value = [], ids, told } = reading([foul, entry(1)])
    expect(ids).toEqual([1])
    expect(told).toHaveLength(1)
    expect(instancesLayout.write(value, { instances: [foul, entry(1)] })['instances']).toEqual([
      entry(1),
      foul,
    ])
  })

  test.each([{}, 'none', 7, null])('C5 that is no list (%j) is damaged as a whole', (instances) => {
    expect(reading(instances).value).toBeUndefined()
  })

  test('C5 tells nothing of a server in what it says: the lock screen shows it too', () => {
    const { told } = reading([entry(1, { colour: 1 }), entry(2, { baseUrl: 'http://secret.example.com' })])
    expect(told).toHaveLength(2)
    expect(told.join()).not.toMatch(/Server|server-1|secret/)
  })
})
