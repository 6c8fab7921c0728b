import { z } from 'zod'
import { RevocationReport, type RevocationResult } from '../../../domain/revocation.ts'
import { mayRevokeOthers } from '../../../domain/user.ts'
import { toCursor } from '../../store/paging.ts'
import { isFromOwnPage } from '../client.ts'
import { clearSessionCookie, writeDeviceCookie, writeSessionCookie } from '../cookies.ts'
import { keyOf } from '../cursor.ts'
import { type Operation, operation } from '../operation.ts'
import { Problem } from '../problem.ts'
import { rights } from '../rights.ts'
import {
  clientName,
  idParams,
  reason,
  reasonBody,
  revokedSchema,
  sessionPage,
  sessionSchema,
  sessionsQuery,
  typedPassword,
  userSchema,
} from '../schemas.ts'
import type { Services } from '../services.ts'

const clientSchema = z.strictObject({
  name: clientName,
  kind: z.string().max(40).optional(),
})

const reasonQuery = z.strictObject({ reason: reason.optional() })

const timeOf = ({ clock }: Services) => new Date(clock()).toISOString()

const listBody = (
  services: Services,
  page: Awaited<ReturnType<Services['sessions']['list']>>,
  currentId: string,
) => ({
  items: page.items.map((session) => services.sessions.present(session, currentId)),
  nextCursor: toCursor(page.next),
  total: page.total,
  serverTime: timeOf(services),
})

const signInOperation = (services: Services): Operation =>
  operation({
    id: 'signIn',
    method: 'POST',
    path: '/api/v1/sign-in',
    summary: 'Sign in with a name and password',
    tag: 'Session',
    access: 'anyone',
    body: z.strictObject({
      username: z.string().min(1).max(100),
      password: typedPassword,
      rememberMe: z.boolean().optional(),
      client: clientSchema.optional(),
      device: z
        .string()
        .max(200)
        .optional()
        .describe(
          'The `device` that the last sign-in of this account was answered with. Attempts that bring it have an allowance and a place in the queue of their own, also while others attack the account.',
        ),
    }),
    answers: {
      201: {
        description: 'Signed in; the token is shown this once',
        schema: z.object({
          token: z.string(),
          user: userSchema,
          session: sessionSchema,
          device: z
            .string()
            .describe(
              'For programs to keep as secretly as the password and to send at the next sign-in. It proves no identity, holds 90 days, and ends with the password.',
            ),
        }),
        headers: { 'Set-Cookie': 'For a browser on a page of this server: `curfew_session_…`' },
      },
    },
    problems: ['invalid-credentials', 'throttled', 'unavailable'],
    handle: async ({ body, request, reply }) => {
      const signedIn = await services.signIn({ ...body, client: body.client?.name }, request)
      if (isFromOwnPage(request)) {
        writeSessionCookie(request, reply, signedIn.token, signedIn.session.remembered === 1)
        writeDeviceCookie(request, reply, signedIn.device)
      }
      return {
        status: 201,
        body: {
          token: signedIn.token,
          user: await services.users.present(signedIn.user),
          session: services.sessions.present(signedIn.session, signedIn.session.id),
          device: signedIn.device,
        },
      }
    },
  })

const signOutOperation = ({ sessions }: Services): Operation =>
  operation({
    id: 'signOut',
    method: 'POST',
    path: '/api/v1/sign-out',
    summary: 'End the session this request is made with',
    tag: 'Session',
    access: 'signed-in',
    scope: 'any',
    answers: { 204: { description: 'Signed out' } },
    handle: async ({ caller, author, reply }) => {
      await sessions.endByIds({ author, because: 'signed-out' }, [caller.session.id])
      if (caller.via === 'cookie') clearSessionCookie(reply)
      return { status: 204 }
    },
  })

const listMySessionsOperation = (services: Services): Operation =>
  operation({
    id: 'listMySessions',
    method: 'GET',
    path: '/api/v1/me/sessions',
    summary: 'One’s own running sessions, newest first',
    tag: 'Session',
    access: 'signed-in',
    query: z.strictObject({ limit: sessionsQuery.shape.limit, cursor: sessionsQuery.shape.cursor }),
    answers: { 200: { description: 'Sessions', schema: sessionPage } },
    handle: async ({ caller, query }) => {
      const page = await services.sessions.list(
        { userId: caller.holder.id },
        { limit: query.limit, after: keyOf(query.cursor, 'number') },
      )
      return { status: 200, body: listBody(services, page, caller.session.id) }
    },
  })

const revokeMySessionsOperation = ({ sessions }: Services): Operation =>
  operation({
    id: 'revokeMySessions',
    method: 'DELETE',
    path: '/api/v1/me/sessions',
    summary: 'Revoke one’s own sessions, all or all but this one (O3)',
    tag: 'Session',
    access: 'signed-in',
    scope: 'revoke',
    query: z.strictObject({ keep: z.literal('current').optional(), reason: reason.optional() }),
    body: reasonBody.optional(),
    answers: { 200: { description: 'How many were revoked', schema: revokedSchema } },
    handle: async ({ caller, author, query, body, reply }) => {
      const keep = query.keep === 'current' ? caller.session.id : undefined
      const act = { author, because: 'revoked', reason: body?.reason ?? query.reason } as const
      const counts = await sessions.endOfUsers(act, [caller.holder.id], keep)
      if (keep === undefined && caller.via === 'cookie') clearSessionCookie(reply)
      return { status: 200, body: { revoked: counts.get(caller.holder.id) ?? 0 } }
    },
  })

const revokeMySessionOperation = ({ sessions }: Services): Operation =>
  operation({
    id: 'revokeMySession',
    method: 'DELETE',
    path: '/api/v1/me/sessions/{id}',
    summary: 'Revoke one of one’s own sessions',
    tag: 'Session',
    access: 'signed-in',
    scope: 'revoke',
    params: idParams,
    query: reasonQuery,
    body: reasonBody.optional(),
    answers: { 204: { description: 'Revoked' } },
    problems: ['not-found'],
    handle: async ({ caller, author, params, query, body }) => {
      const found = await sessions.find(params.id)
      if (found?.user_id !== caller.holder.id) throw new Problem('not-found', 'You have no such session.')
      await sessions.endByIds({ author, because: 'revoked', reason: body?.reason ?? query.reason }, [
        found.id,
      ])
      return { status: 204 }
    },
  })

const listSessionsOperation = (services: Services): Operation =>
  operation({
    id: 'listSessions',
    method: 'GET',
    path: '/api/v1/sessions',
    summary: 'Running sessions, newest first',
    tag: 'Sessions of others',
    access: rights.viewUsers,
    query: sessionsQuery,
    answers: { 200: { description: 'Sessions', schema: sessionPage } },
    handle: async ({ caller, query }) => {
      const page = await services.sessions.list(
        { userId: query.user, kind: query.kind, idleOverSeconds: query.idleOver },
        { limit: query.limit, after: keyOf(query.cursor, 'number') },
      )
      return { status: 200, body: listBody(services, page, caller.session.id) }
    },
  })

const listUserSessionsOperation = (services: Services): Operation =>
  operation({
    id: 'listUserSessions',
    method: 'GET',
    path: '/api/v1/users/{id}/sessions',
    summary: 'A person’s running sessions, newest first',
    tag: 'Sessions of others',
    access: rights.viewUsers,
    params: idParams,
    query: z.strictObject({ limit: sessionsQuery.shape.limit, cursor: sessionsQuery.shape.cursor }),
    answers: { 200: { description: 'Sessions', schema: sessionPage } },
    problems: ['not-found'],
    handle: async ({ caller, params, query }) => {
      if (!(await services.users.find(params.id))) throw new Problem('not-found', 'There is no such person.')
      const page = await services.sessions.list(
        { userId: params.id },
        { limit: query.limit, after: keyOf(query.cursor, 'number') },
      )
      return { status: 200, body: listBody(services, page, caller.session.id) }
    },
  })

const revokeUserSessionsOperation = ({ sessions, users }: Services): Operation =>
  operation({
    id: 'revokeUserSessions',
    method: 'DELETE',
    path: '/api/v1/users/{id}/sessions',
    summary: 'Revoke a person’s sessions (O4)',
    tag: 'Sessions of others',
    access: rights.revokeOthers,
    scope: 'revoke',
    params: idParams,
    query: reasonQuery,
    body: reasonBody.optional(),
    answers: { 200: { description: 'How many were revoked', schema: revokedSchema } },
    problems: ['not-found'],
    handle: async ({ author, params, query, body }) => {
      if (!(await users.find(params.id))) throw new Problem('not-found', 'There is no such person.')
      const counts = await sessions.endOfUsers(
        { author, because: 'revoked', reason: body?.reason ?? query.reason },
        [params.id],
      )
      return { status: 200, body: { revoked: counts.get(params.id) ?? 0 } }
    },
  })

const revokeSessionOperation = ({ sessions }: Services): Operation =>
  operation({
    id: 'revokeSession',
    method: 'DELETE',
    path: '/api/v1/sessions/{id}',
    summary: 'Revoke one session',
    tag: 'Sessions of others',
    access: rights.revokeOthers,
    scope: 'revoke',
    params: idParams,
    query: reasonQuery,
    body: reasonBody.optional(),
    answers: { 204: { description: 'Revoked' } },
    problems: ['not-found'],
    handle: async ({ author, params, query, body }) => {
      const gone = await sessions.endByIds(
        { author, because: 'revoked', reason: body?.reason ?? query.reason },
        [params.id],
      )
      if (gone.size === 0) throw new Problem('not-found', 'There is no such running session.')
      return { status: 204 }
    },
  })

const revokeManyOperation = ({ sessions, authorOf }: Services): Operation =>
  operation({
    id: 'revokeMany',
    method: 'POST',
    path: '/api/v1/sessions/revoke',
    summary: 'Revoke many sessions, named one by one or by their people, in one call',
    tag: 'Sessions of others',
    access: 'signed-in',
    scope: 'revoke',
    body: z
      .strictObject({
        userIds: z.array(z.string().min(1).max(100)).max(10_000).optional(),
        sessionIds: z.array(z.string().min(1).max(100)).max(10_000).optional(),
        reason,
        /** Leaves out the session this request is made with. */
        keepCurrent: z.boolean().default(true),
      })
      .refine((body) => (body.userIds?.length ?? 0) + (body.sessionIds?.length ?? 0) <= 10_000, {
        error: 'At most 10 000 ids in one call.',
        params: { code: 'too-long' },
      })
      .refine((body) => body.userIds !== undefined || body.sessionIds !== undefined, {
        error: 'Name people or sessions.',
        params: { code: 'required' },
      }),
    answers: {
      200: {
        description: 'What became of each id, in the order sent, people first',
        schema: RevocationReport,
      },
    },
    handle: async ({ caller, body, request }) => {
      const current = caller.session.id
      const keep = body.keepCurrent ? current : undefined
      const mayAll = mayRevokeOthers(caller.holder)
      // Anybody may name their own; whoever names others must have the right until the last of them is revoked.
      const author = authorOf(caller, request, {
        rights: mayAll ? [rights.revokeOthers] : [],
        scope: 'revoke',
        fresh: false,
      })
      const act = { author, because: 'revoked', reason: body.reason } as const
      const results: RevocationResult[] = []

      const userIds = body.userIds ?? []
      const allowedUsers = userIds.filter((id) => mayAll || id === caller.holder.id)
      const sessionIds = body.sessionIds ?? []
      const own = mayAll ? undefined : await sessions.idsOf(caller.holder.id)
      const allowedSessions = sessionIds.filter((id) => id !== keep && (own === undefined || own.has(id)))

      // One by one first, so that an id whose person is named too is still reported as revoked.
      const gone = new Set(
        await sessions.endByIds(
          act,
          allowedSessions.filter((id) => id !== current),
        ),
      )
      const counts = new Map(await sessions.endOfUsers(act, allowedUsers, current))
      const allowed = new Set(allowedUsers)
      // One's own comes last: it ends the right to revoke others.
      const isNamed = allowedSessions.includes(current)
      const isOwnToo = isNamed || (keep === undefined && allowed.has(caller.holder.id))
      const ownGone = isOwnToo && (await sessions.endByIds(act, [current])).has(current)
      if (ownGone && isNamed) gone.add(current)
      else if (ownGone) counts.set(caller.holder.id, (counts.get(caller.holder.id) ?? 0) + 1)
      for (const id of userIds) {
        const revoked = counts.get(id) ?? 0
        results.push({
          id,
          outcome: allowed.has(id) ? (revoked > 0 ? 'revoked' : 'gone') : 'forbidden',
          revoked,
        })
      }
      for (const id of sessionIds) {
        const forbidden = id === keep || (own !== undefined && !own.has(id))
        results.push({
          id,
          outcome: forbidden ? 'forbidden' : gone.has(id) ? 'revoked' : 'gone',
          revoked: gone.has(id) ? 1 : 0,
        })
      }
      return { status: 200, body: { results } }
    },
  })

/** Signing in and out, one's own sessions, other people's sessions, and revocation. */
export function sessionRoutes(services: Services): readonly Operation[] {
  return [
    signInOperation(services),
    signOutOperation(services),
    listMySessionsOperation(services),
    revokeMySessionsOperation(services),
    revokeMySessionOperation(services),
    listSessionsOperation(services),
    listUserSessionsOperation(services),
    revokeUserSessionsOperation(services),
    revokeSessionOperation(services),
    revokeManyOperation(services),
  ]
}
