import type { FastifyRequest } from 'fastify'
import type { Author } from '../store/author.ts'
import type { Journal } from '../store/journal.ts'
import type { Sessions } from '../store/sessions.ts'
import { type Caller, sessionEnded } from './caller.ts'
import { clientAddress } from './client.ts'
import { demandRight, type Right } from './rights.ts'

/** Makes a caller the author of changes, for which they need every one of some rights. */
export type AuthorOf = (caller: Caller, request: FastifyRequest, needed?: readonly Right[]) => Author

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
}: {
  readonly journal: Journal
  readonly sessions: Sessions
}): AuthorOf {
  return ({ holder: { id, username }, session }, request, needed = []) => ({
    // As the audit trail names them.
    actor: { id, name: username, address: clientAddress(request) },
    write: (work) =>
      journal.write(async (transaction, record) => {
        const validation = await sessions.validateWithin(transaction, session.id)
        if (validation.state !== 'running')
          throw sessionEnded(validation.state === 'ended' ? validation.reason : 'expired')
        for (const right of needed) demandRight(validation.holder, right)
        return await work(transaction, record, validation.holder)
      }),
  })
}
