import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { Policy, PolicyReading } from '../../../domain/policy.ts'
import { Preview } from '../../../domain/preview.ts'
import { fail, type Outcome, type Problem, succeed } from '../../../domain/problem.ts'
import type { Revision } from '../../../domain/reading.ts'
import {
  fieldOfPath,
  type ServicePolicy,
  StoredPolicy,
  servedFields,
  withChange,
} from '../../../domain/service-policy.ts'
import type { PolicyAccess } from '../connector.ts'
import { type HttpAnswer, readBody } from '../http/exchange.ts'
import { settleLostWrite } from '../http/lost-write.ts'
import { revisionOfTag, tagOfRevision } from '../http/revision.ts'
import { type Api, passive } from './api.ts'

const path = '/security/policy'
/** Older services say the revision in the ETag alone, which proxies change and drop. */
const RevisedPolicy = StoredPolicy.partial({ revision: true })
type RevisedPolicy = z.infer<typeof RevisedPolicy>
const Conflict = z.object({ current: RevisedPolicy })

const noRevision: Problem = {
  code: 'gateway',
  message:
    'Something in front of the server takes away which version of the rules was read (the ETag), so that they can’t be changed safely. Update the server, or let ETags through.',
}

interface Kept {
  readonly policy: ServicePolicy
  readonly reading: PolicyReading
}

/**
 * The policy of the session service. It takes policies whole, so a change is laid over the last reading, which is
 * kept for that: a read policy costs no second look before it is previewed or written.
 */
export function createPolicyAccess(api: Api, previews: boolean): PolicyAccess {
  let last: Kept | undefined

  function keep(stored: RevisedPolicy, answer: HttpAnswer): Kept {
    const { revision, updatedAt, updatedBy, ...policy } = stored
    const reading: PolicyReading = {
      fields: servedFields(policy),
      revision: revision ?? revisionOfTag(answer.headers.get('etag')),
      asOf: new Date().toISOString(),
      updatedAt,
      updatedBy,
    }
    last = { policy, reading }
    return last
  }

  async function read(headers: Readonly<Record<string, string>>): Promise<Outcome<Kept>> {
    const answer = await api.call(path, { headers })
    if (!answer.ok) return answer
    const body = readBody(answer.value, RevisedPolicy)
    return body.ok ? succeed(keep(body.value, answer.value)) : body
  }

  /** What is stored, as far as is known: the last reading if it is the one the change was made on. */
  const keptAt = async (basis: Revision) =>
    last?.reading.revision === basis ? succeed(last) : await read(passive)

  async function preview(change: Policy, basis: Revision): Promise<Outcome<Preview>> {
    const kept = await keptAt(basis)
    if (!kept.ok) return kept
    const body = whole(kept.value.policy, change)
    if (!body.ok) return body
    const preview = await api.read(`${path}/preview`, Preview, {
      method: 'POST',
      body: body.value,
      headers: api.looking(),
    })
    return preview.ok ? preview : fail(inFields(preview.problem))
  }

  return {
    async read() {
      const kept = await read(api.looking())
      return kept.ok ? succeed(kept.value.reading) : kept
    },
    async write(change, basis) {
      const kept = await keptAt(basis)
      if (!kept.ok) return kept
      const { policy, reading } = kept.value
      const body = whole(policy, change)
      if (!body.ok) return body
      const isMine = (now: PolicyReading) => isDeepStrictEqual(now.fields, servedFields(body.value))
      if (reading.revision !== basis) return succeed({ outcome: 'conflict', reading })
      if (basis === '') return fail(noRevision)
      const answer = await api.call(path, {
        method: 'PUT',
        headers: { 'if-match': tagOfRevision(basis) },
        body: body.value,
        expect: [200, 412],
      })
      const readAgain = async () => {
        const again = await read(passive)
        return again.ok ? succeed(again.value.reading) : again
      }
      const settle = (problem: Problem) =>
        settleLostWrite({
          problem,
          what: 'the rules',
          readAgain,
          isMine,
          isUntouched: ({ revision }) => revision === basis,
        })
      if (!answer.ok) return answer.mayHaveActed ? settle(answer.problem) : fail(inFields(answer.problem))
      if (answer.value.status === 200) {
        const stored = readBody(answer.value, RevisedPolicy)
        return stored.ok
          ? succeed({ outcome: 'written', reading: keep(stored.value, answer.value).reading })
          : settle(stored.problem)
      }
      const conflict = readBody(answer.value, Conflict)
      const now = conflict.ok
        ? succeed(keep(conflict.value.current, answer.value).reading)
        : await readAgain()
      if (!now.ok) return now
      // An earlier write whose answer was lost, or somebody else's who wanted the same.
      return succeed({ outcome: isMine(now.value) ? 'written' : 'conflict', reading: now.value })
    },
    ...(previews && { preview }),
  }
}

function whole(policy: ServicePolicy, change: Policy): Outcome<ServicePolicy> {
  const changed = withChange(policy, change)
  return changed
    ? succeed(changed)
    : fail({ code: 'unsupported', message: 'This server keeps no such rule in its policy.' })
}

/** A problem whose faults name the fields as the catalogue does. */
function inFields(problem: Problem): Problem {
  if (problem.code !== 'invalid') return problem
  return {
    ...problem,
    errors: problem.errors.map((error) => ({ ...error, field: fieldOfPath(error.field) })),
  }
}
