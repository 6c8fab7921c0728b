import { describe, expect, test } from 'vitest'
import type { Instance } from '../../../../domain/instance.ts'
import { fail, type Outcome, succeed } from '../../../../domain/problem.ts'
import { createConfirmMany } from '../../../../main/administration/confirm-many.ts'
import { createPeople } from '../../../../main/administration/people.ts'
import type { Question } from '../../../../main/confirm.ts'

const instanceOf = (n: number, name: string): Instance => ({
  id: `11111111-1111-4111-8111-00000000000${n}`,
  name,
  colour: 'red',
  environment: '',
  baseUrl: `https://server-${n}.example.com`,
  connector: 'session-service',
  builtIn: false,
  username: 'ann',
})
const [test1, production] = [instanceOf(1, 'Test'), instanceOf(2, 'Production')]
const options = { reason: 'Left', includeOwn: false }
const ids = (count: number) => Array.from({ length: count }, (_, n) => `id-${n}`)
const people = (count: number) => ids(count).map((id) => ({ id, name: id }))

/** The people of two instances, and what is asked outside the window before many are ended. */
function build(answer: Outcome<undefined>) {
  const asked: (readonly [number, string, string])[] = []
  let ended = 0
  const use = createPeople({
    connections: {
      states: () =>
        [test1, production].map((instance) => ({ instance, connection: { status: 'connecting' } as const })),
      use: async () => {
        ended += 1
        return fail({ code: 'unsupported', message: 'Asked.' })
      },
    },
    jobs: {
      start: () => {
        ended += 1
        return succeed('5d1c7e34-31a7-4a8e-9d37-0d4d5b1e7c22')
      },
    },
    confirmMany: async (...question) => {
      asked.push(question)
      return answer
    },
  })
  const revoke = async (instance: string, count: number) => [
    await use.revokeSessions(instance, ids(count), options),
    await use.revokeUsers({ instance, ...options }, people(count)),
  ]
  return { revoke, asked, ended: () => ended }
}

describe('O4: ending the sessions of many', () => {
  test('O4: is asked about with how many, what it does to them, and the name of the instance', async () => {
    const { revoke, asked, ended } = build(succeed(undefined))
    await revoke(production.id, 1200)
    await revoke(test1.id, 2)
    expect(asked).toEqual([
      [1200, 'end 1\u202f200 sessions', 'Production'],
      [1200, 'sign out 1\u202f200 people', 'Production'],
      [2, 'end 2 sessions', 'Test'],
      [2, 'sign out 2 people', 'Test'],
    ])
    expect(ended()).toBe(4)
  })

  test('O4: on an instance that is gone by then names it by its id', async () => {
    const { revoke, asked } = build(succeed(undefined))
    await revoke('gone', 3)
    expect(asked.map(([, , where]) => where)).toEqual(['gone', 'gone'])
  })

  test('O4: that was not confirmed ends nothing, and says why', async () => {
    const no = fail({ code: 'refused', message: 'Not confirmed.' })
    const { revoke, ended } = build(no)
    expect(await revoke(production.id, 60)).toEqual([no, no])
    expect(ended()).toBe(0)
  })
})

describe('O4: the question outside the window', () => {
  function ask() {
    const questions: Question[] = []
    const world = { period: new AbortController(), says: true }
    const confirmMany = createConfirmMany(
      async (question) => {
        questions.push(question)
        return world.says
      },
      () => world.period.signal,
    )
    return { questions, world, order: (count: number) => confirmMany(count, `end ${count} sessions`, 'Test') }
  }

  test('O4: names what is asked for and, where some were ended before, how many', async () => {
    const { questions, order, world } = ask()
    world.says = false
    const no = { code: 'refused', message: 'This was not confirmed, so nothing was ended.' }
    expect(await order(51)).toEqual({ ok: false, problem: no })
    await order(20)
    await order(31)
    expect(questions).toEqual([
      {
        message: 'End 51 sessions on “Test”?',
        detail: 'Curfew’s window asks to end 51 sessions. Go on only if you have just asked for it.',
        yes: 'Go on',
      },
      {
        message: 'End 31 sessions on “Test”?',
        detail:
          'Curfew’s window asks to end 31 sessions. 20 were ended before without asking. Go on only if you have just asked for it.',
        yes: 'Go on',
      },
    ])
  })

  test('O4: counts anew in every unlocked period, and goes on counting within one', async () => {
    const { questions, order, world } = ask()
    await order(50)
    world.period = new AbortController()
    await order(50)
    expect(questions).toEqual([])
    await order(1)
    expect(questions).toHaveLength(1)
  })
})
