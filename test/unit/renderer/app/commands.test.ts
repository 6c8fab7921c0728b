import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { InstanceState } from '../../../../domain/instance.ts'
import { commandsOf } from '../../../../renderer/app/commands.ts'
import { isPressed } from '../../../../renderer/app/use-command-keys.ts'

const instanceAt = (at: number): InstanceState => ({
  instance: {
    id: `0000000${at}-7f3a-4c06-9a0e-3f6f0a2a8c11`,
    name: `Server ${at}`,
    colour: 'blue',
    environment: '',
    baseUrl: 'https://sessions.example.com',
    connector: 'session-service',
    builtIn: false,
    username: 'owner',
  },
  connection: { status: 'connecting' },
})
const instances = Array.from({ length: 11 }, (_, at) => instanceAt(at))
const [current = instanceAt(0)] = instances
const commands = commandsOf({ instances, current })

/** The labels of what a key runs. */
const runBy = (event: Partial<KeyboardEvent>) =>
  commands
    .filter(({ key }) => key && isPressed(key, { target: null, ...event } as KeyboardEvent))
    .map(({ label }) => label)

class FieldOfThePage {}

describe('the commands of the shell', () => {
  // Node has no elements; the rule for typing asks for their classes.
  beforeAll(() => {
    for (const name of ['HTMLInputElement', 'HTMLTextAreaElement', 'HTMLSelectElement'])
      vi.stubGlobal(name, FieldOfThePage)
  })
  afterAll(() => vi.unstubAllGlobals())

  test('each has an id of its own', () => {
    expect(new Set(commands.map(({ id }) => id)).size).toBe(commands.length)
  })
  test('a key runs one command, with Ctrl or Cmd where it asks for it', () => {
    expect(runBy({ key: 'l', ctrlKey: true })).toEqual(['Lock now'])
    expect(runBy({ key: 'L', metaKey: true })).toEqual(['Lock now'])
    expect(runBy({ key: 'l' })).toEqual([])
    expect(runBy({ key: 'l', ctrlKey: true, shiftKey: true })).toEqual([])
    expect(runBy({ key: 'F5' })).toEqual(['Ask the instance again'])
    expect(runBy({ key: '/' })).toEqual(['Search'])
  })
  test('every instance can be gone to; the first nine have a digit', () => {
    expect(commands.filter(({ id }) => id.startsWith('instance '))).toHaveLength(11)
    expect(runBy({ key: '1', ctrlKey: true })).toEqual(['Server 0'])
    expect(runBy({ key: '9', metaKey: true })).toEqual(['Server 8'])
    expect(runBy({ key: '1' })).toEqual([])
  })
  test('a character that is typed into a field is no command', () => {
    expect(runBy({ key: '/', target: new FieldOfThePage() as EventTarget })).toEqual([])
  })
  test('an event without a key, as filling in a form by the browser makes it, runs nothing', () => {
    expect(runBy({})).toEqual([])
  })
})
