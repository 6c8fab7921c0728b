import type { FastifyRequest } from 'fastify'
import type { Clock } from '../clock.ts'
import type { Author } from '../store/author.ts'
import type { Journal } from '../store/journal.ts'
import type { Sessions } from '../store/sessions.ts'
import { type Caller, sessionEnded } from './caller.ts'
import { clientAddress } from './client.ts'
import { type Demands, demand } from './rights.ts'

/** Makes a caller the author of changes that demand something of them. */
export type AuthorOf = (caller: Caller, request: FastifyRequest, demands: Demands) => Author

/**
 * The one way from a request to a change.
 *
 * Between recognising a caller and storing what they asked for much may pass: a queue, a password's hash, another
 * transaction. So the transaction that stores it reads the caller's session, person and rights itself, before anything
 * else; and since changes are stored one at a time, whoever revoked, disabled or demoted the caller before that has
 * done so for this change too.
 */
export function createAuthors({
  journal,
  sessions,
  clock,
  timeScale,
}: {
  readonly journal: Journal
  readonly sessions: Sessions
  readonly clock: Clock
  readonly timeScale: number
}): AuthorOf {
  return ({ holder: { id, username }, session }, request, demands) => ({
    // As the audit trail names them.
    actor: { id, name: username, address: clientAddress(request) },
    write: (work) =>
      journal.write(async (transaction, record) => {
        const validation = await sessions.validateWithin(transaction, session.id)
        if (validation.state !== 'running')
          throw sessionEnded(validation.state === 'ended' ? validation.reason : 'expired')
        demand(validation, demands, { now: clock(), timeScale })
        return await work(transaction, record, validation.holder)
      }),
  })
}
