import { z } from 'zod'
import { Policy, type PolicyChange, type PolicyReading, StoredPolicy } from '../../../domain/policy.ts'
import { Preview } from '../../../domain/preview.ts'
import { fail, type Outcome, succeed } from '../../../domain/problem.ts'
import type { Revision } from '../../../domain/reading.ts'
import type { PolicyAccess } from '../connector.ts'
import { type HttpAnswer, readBody } from '../http-client.ts'
import { type Api, passive } from './api.ts'

const path = '/security/policy'
const Conflict = z.object({ current: StoredPolicy })

/**
 * The policy of the session service. It takes policies whole, so a change is laid over the last reading, which is
 * kept for that: a read policy costs no second look before it is previewed or written.
 */
export function createPolicyAccess(api: Api): PolicyAccess {
  let last: PolicyReading | undefined

  function keep(stored: StoredPolicy, answer: HttpAnswer): PolicyReading {
    const { updatedAt, updatedBy, ...value } = stored
    last = {
      value,
      units: { 'idleTimeout.seconds': 'seconds', 'rememberMe.maximumSeconds': 'seconds' },
      revision: answer.headers.get('etag') ?? '',
      asOf: new Date().toISOString(),
      updatedAt,
      updatedBy,
    }
    return last
  }

  async function read(headers: Readonly<Record<string, string>>): Promise<Outcome<PolicyReading>> {
    const answer = await api.call(path, { headers })
    if (!answer.ok) return answer
    const body = readBody(answer.value, StoredPolicy)
    return body.ok ? succeed(keep(body.value, answer.value)) : body
  }

  /** What is stored, as far as is known: the last reading if it is the one the change was made on. */
  const readingAt = async (basis: Revision) =>
    last?.revision === basis ? succeed(last) : await read(passive)

  return {
    read: () => read(api.looking()),
    async write(change, basis) {
      const reading = await readingAt(basis)
      if (!reading.ok) return reading
      if (reading.value.revision !== basis) return succeed({ outcome: 'conflict', reading: reading.value })
      const body = whole(reading.value, change)
      if (!body.ok) return body
      const answer = await api.call(path, {
        method: 'PUT',
        headers: { 'if-match': basis },
        body: body.value,
        expect: [200, 412],
      })
      if (!answer.ok) return answer
      if (answer.value.status === 200) {
        const stored = readBody(answer.value, StoredPolicy)
        return stored.ok ? succeed({ outcome: 'written', reading: keep(stored.value, answer.value) }) : stored
      }
      const conflict = readBody(answer.value, Conflict)
      const now = conflict.ok ? succeed(keep(conflict.value.current, answer.value)) : await read(passive)
      return now.ok ? succeed({ outcome: 'conflict', reading: now.value }) : now
    },
    async preview(change, basis) {
      const reading = await readingAt(basis)
      if (!reading.ok) return reading
      const body = whole(reading.value, change)
      if (!body.ok) return body
      return api.read(`${path}/preview`, Preview, {
        method: 'POST',
        body: body.value,
        headers: api.looking(),
      })
    },
  }
}

function whole({ value }: PolicyReading, change: PolicyChange): Outcome<Policy> {
  const policy = Policy.safeParse({ ...value, ...change })
  return policy.success
    ? succeed(policy.data)
    : fail({ code: 'unsupported', message: 'This server keeps no such rule in its policy.' })
}
