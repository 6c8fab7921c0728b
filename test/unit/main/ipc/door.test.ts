import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fail, succeed } from '../../../../domain/problem.ts'
import { type DoorPorts, type Handlers, openDoor } from '../../../../main/ipc/door.ts'
import { type ChannelName, contract, Failure } from '../../../../preload/contract/index.ts'
import { runsOf } from '../../../support/runs.ts'

type Call = (...args: unknown[]) => Promise<unknown>

interface FakeEvent {
  readonly trusted: boolean
}

const channels = Object.keys(contract) as ChannelName[]

/** A door over fakes: every handler records what reached it, and answers what `answer` says. */
function openFakeDoor(options: { readonly answer?: (channel: ChannelName) => unknown } = {}) {
  const reached: { channel: ChannelName; input: unknown }[] = []
  const reports: string[] = []
  const calls = new Map<ChannelName, Call>()
  const state = { period: 1 as number | undefined, trusted: true, askedForPeriod: 0 }
  const ports: DoorPorts<FakeEvent> = {
    listen: (channel, listener) => {
      calls.set(channel, (...args) => listener({ trusted: state.trusted }, ...args))
    },
    isTrusted: (event) => event.trusted,
    unlockedPeriod: () => {
      state.askedForPeriod += 1
      return state.period
    },
    report: (channel, fault) => reports.push(`${channel} ${fault}`),
  }
  const handlers = Object.fromEntries(
    channels.map((channel) => [
      channel,
      async (input: unknown) => {
        reached.push({ channel, input })
        return options.answer?.(channel) ?? fail({ code: 'not-found', message: 'Reached.' })
      },
    ]),
  ) as unknown as Handlers
  openDoor(ports, handlers)
  const call = (channel: ChannelName, ...args: unknown[]) => {
    const listener = calls.get(channel)
    if (!listener) throw new Error(`No listener on ${channel}`)
    return listener(...args)
  }
  return { call, reached, reports, state }
}

const publicChannels = [
  'app.dismissNotice',
  'app.info',
  'lock.forgetEverything',
  'lock.openKeychain',
  'lock.ratePassphrase',
  'lock.setUp',
  'lock.state',
  'lock.unlock',
]

const hostile = fc.oneof(
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true }),
  fc.record(
    {
      instance: fc.oneof(fc.uuid(), fc.string(), fc.constant('../../etc')),
      passphrase: fc.oneof(fc.string(), fc.constant('x'.repeat(5000)), fc.integer()),
      change: fc.object(),
      basis: fc.oneof(fc.string(), fc.integer()),
      query: fc.object(),
      userIds: fc.array(fc.anything()),
      __proto__: fc.object(),
      constructor: fc.string(),
    },
    { requiredKeys: [] },
  ),
)

describe('the door', () => {
  test('opens every channel of the contract, and only the pinned ones while locked', async () => {
    const door = openFakeDoor()
    door.state.period = undefined
    const open: string[] = []
    for (const channel of channels) {
      const answer = Failure.parse(await door.call(channel, undefined))
      if (answer.problem.code !== 'locked') open.push(channel)
    }
    expect(open.sort()).toEqual(publicChannels)
  })

  test('lets none of 20 000 hostile messages through unparsed, on any channel', async () => {
    const door = openFakeDoor()
    const numRuns = runsOf(20_000)
    let answered = 0
    await fc.assert(
      fc.asyncProperty(fc.array(hostile, { maxLength: 2 }), async (args) => {
        for (const channel of channels) {
          door.reached.length = 0
          const { problem } = Failure.parse(await door.call(channel, ...args))
          const parsed = contract[channel].in.safeParse(args[0])
          const letIn = args.length <= 1 && parsed.success
          if (problem.code !== (letIn ? 'not-found' : 'bad-request'))
            throw new Error(`${channel}: ${problem.code}`)
          if (letIn) expect(door.reached).toEqual([{ channel, input: parsed.data }])
          else if (door.reached.length > 0) throw new Error(`${channel} was reached`)
          answered += 1
        }
      }),
      { numRuns },
    )
    expect(answered).toBe(numRuns * channels.length)
  }, 120_000)

  test('a message that would change every object in the program changes none', async () => {
    const door = openFakeDoor()
    const before = Object.getOwnPropertyNames(Object.prototype)
    for (const key of ['__proto__', 'constructor', 'prototype'])
      for (const channel of channels) {
        const message = JSON.parse(
          `{"${key}":{"polluted":1,"prototype":{"polluted":1}},"change":{"${key}":{}}}`,
        )
        const { problem } = Failure.parse(await door.call(channel, message))
        if (contract[channel].in.safeParse(message).success) expect(problem.code).toBe('not-found')
        else expect(problem.code).toBe('bad-request')
        expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before)
        expect('polluted' in {}).toBe(false)
      }
  })

  test('refuses everybody but Curfew’s own window, before anything else', async () => {
    const door = openFakeDoor()
    door.state.trusted = false
    for (const channel of channels) {
      const answer = Failure.parse(await door.call(channel, undefined))
      expect(answer.problem.code).toBe('untrusted-sender')
    }
    expect(door.reached).toEqual([])
    expect(door.reports).toEqual(channels.map((channel) => `${channel} untrusted-sender`))
    expect(door.state.askedForPeriod).toBe(0)
  })

  test('answers what a handler answers, and reports nothing of it', async () => {
    const door = openFakeDoor({ answer: () => succeed([]) })
    expect(await door.call('instances.list')).toEqual(succeed([]))
    expect(door.reports).toEqual([])
  })

  test('reports which channel was sent what it can’t read, and not what that was', async () => {
    const door = openFakeDoor()
    await door.call('policy.read', { instance: 'secret' })
    await door.call('instances.list', undefined, undefined)
    expect(door.reports).toEqual(['policy.read bad-request', 'instances.list bad-request'])
  })

  test('asks for the lock on both sides of a call, and not at all on a channel that works while locked', async () => {
    const door = openFakeDoor({
      answer: () => {
        door.state.period = 2
        return succeed({ status: 'new' })
      },
    })
    expect(await door.call('lock.state')).toEqual(succeed({ status: 'new' }))
    expect(door.state.askedForPeriod).toBe(0)
    await door.call('instances.list')
    expect(door.state.askedForPeriod).toBe(2)
  })

  test('drops the answer of a call during which the app locked', async () => {
    const door = openFakeDoor({
      answer: () => {
        door.state.period = undefined
        return succeed([])
      },
    })
    expect(Failure.parse(await door.call('instances.list')).problem.code).toBe('locked')
  })

  test('drops it too when the app was unlocked again in the meantime', async () => {
    const door = openFakeDoor({
      answer: () => {
        door.state.period = 2
        return succeed([])
      },
    })
    expect(Failure.parse(await door.call('instances.list')).problem.code).toBe('locked')
  })

  test('answers a bug of a handler, thrown or in its answer, without a word of it', async () => {
    const thrown = openFakeDoor({
      answer: () => {
        throw new Error('secret detail')
      },
    })
    const wrong = openFakeDoor({ answer: () => succeed({ not: 'a list' }) })
    for (const door of [thrown, wrong]) {
      const answer = Failure.parse(await door.call('instances.list'))
      expect(answer.problem.code).toBe('internal')
      expect(JSON.stringify(answer)).not.toContain('secret detail')
      expect(door.reports).toEqual(['instances.list internal'])
    }
  })

  test('hands over what the schema made of the input, not what was sent', async () => {
    const door = openFakeDoor()
    await door.call('users.list', { instance: '0b9f4f9e-7f3a-4c06-9a0e-3f6f0a2a8c11', query: {} })
    expect(door.reached[0]?.input).toEqual({
      instance: '0b9f4f9e-7f3a-4c06-9a0e-3f6f0a2a8c11',
      query: { search: '', active: false, limit: 100 },
    })
  })
})
