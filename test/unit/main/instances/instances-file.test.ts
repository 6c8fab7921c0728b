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

  test.each([
    ['name', '', 'server-2.example.com'],
    ['colour', 'ultraviolet', 'blue'],
    ['environment', 7, ''],
    ['builtIn', 'yes', false],
  ])('C5 with %s: %j has a value of Curfew’s own in its place: %j', (field, bad, own) => {
    const { value, told } = reading([entry(2, { [field]: bad })])
    expect(value).toStrictEqual([entry(2, { [field]: own })])
    expect(told).toEqual([
      `instances[0].${field}: Curfew shows this instance all the same, with a value of its own in its place.`,
    ])
  })

  test('C5 whose host is too long for a name has the beginning of it', () => {
    const host = `${'x'.repeat(60)}.${'y'.repeat(20)}.example.com`
    const { value } = reading([entry(2, { name: '', baseUrl: `https://${host}` })])
    expect(value?.map(({ name }) => name)).toEqual(['x'.repeat(60)])
  })

  test('C5 with an entry that is none, or can’t be used, says which and that it is kept', () => {
    const kept = 'This instance is left out of the list; its entry and its password are kept.'
    expect(reading([null, entry(1, { username: 7 })]).told).toEqual([
      `instances[0]: ${kept}`,
      `instances[1].username: ${kept}`,
    ])
  })

  test('C5 is not confused by a name that is another’s id', () => {
    expect(reading([entry(1), entry(2, { name: entry(1).id })])).toMatchObject({ ids: [1, 2], told: [] })
  })

  test('C5 is written with a new instance in it, and with what was not changed as it was typed', () => {
    const asTyped = entry(1, { baseUrl: 'HTTPS://Server-1.example.com/' })
    const { value = [] } = reading([asTyped])
    expect(value).toEqual([entry(1)])
    expect(instancesLayout.write([...value, entry(3)] as never, { instances: [asTyped] })).toEqual({
      instances: [asTyped, entry(3)],
    })
    expect(instancesLayout.write(value, { instances: 'none' })).toEqual({ instances: [entry(1)] })
  })

  test('C5 is empty at first, and where the file can’t be read; the passwords are then told to be still there', () => {
    expect(instancesLayout).toMatchObject({
      name: 'instances',
      what: 'list of instances',
      version: 1,
      migrations: [],
      initial: [],
      unreadable: {
        value: [],
        does: 'The passwords are still in the keychain. Put a good file in its place, or add your instances again.',
      },
    })
  })
})
