import { Readable } from 'node:stream'
import { z } from 'zod'
import { Notice } from '../../../domain/news.ts'
import { Page } from '../../../domain/page.ts'
import { Instant } from '../../../domain/session.ts'
import { toIso } from '../../instant.ts'
import { explainAudit, listAudit } from '../../store/audit.ts'
import { AuditRecord } from '../../store/audit-record.ts'
import { listNotices } from '../../store/notices.ts'
import { toCursor } from '../../store/paging.ts'
import { demandCaller, recognise } from '../caller.ts'
import { clientAddress } from '../client.ts'
import { keyOf } from '../cursor.ts'
import { type Operation, operation } from '../operation.ts'
import { isLoopback } from '../own-origins.ts'
import { Problem } from '../problem.ts'
import { rights } from '../rights.ts'
import { pageQuery, plainText } from '../schemas.ts'
import type { Services } from '../services.ts'

const { at: _at, actor_id, previous_hash, ...asStored } = AuditRecord.shape
/** A record in the API's own way of writing names and instants. */
const auditRecord = z.object({ ...asStored, at: Instant, actorId: actor_id, previousHash: previous_hash })

const listenToEventsOperation = ({ events }: Services): Operation =>
  operation({
    id: 'listenToEvents',
    method: 'GET',
    path: '/api/v1/events',
    summary: 'Server-sent events; Last-Event-ID resumes. Members see what concerns themselves',
    tag: 'Record',
    access: 'signed-in',
    passive: true,
    answers: {
      200: {
        description:
          'policy-changed, entry-changed, session-started, session-ended, user-changed, notice (for Owners), each to who may read what it is about; `reset` when what was missed is no longer kept',
        mediaType: 'text/event-stream',
      },
    },
    problems: ['throttled'],
    handle: async ({ caller, request, reply }) => {
      const last = request.headers['last-event-id']
      const after = typeof last === 'string' && /^\d{1,15}$/.test(last) ? Number(last) : undefined
      await events.open(caller, request, reply, after)
      return undefined
    },
  })

const listAuditOperation = ({ database, users, audit }: Services): Operation =>
  operation({
    id: 'listAudit',
    method: 'GET',
    path: '/api/v1/audit',
    summary: 'Who did what, to whom, newest first; each record chained to the one before',
    tag: 'Record',
    access: rights.config,
    query: z.strictObject({
      ...pageQuery,
      /** A username or a person's id. */
      actor: z.string().max(100).optional(),
      action: z.string().max(100).optional(),
      from: z.iso.datetime().optional(),
    }),
    answers: {
      200: {
        description: 'Records, and whether the chain is whole as far as it has been verified',
        schema: Page(auditRecord).extend({
          intact: z.boolean(),
          /** The id of the key that signs it: what an export is compared with. */
          key: z.string(),
          /** Where and why it is not whole; absent where it is. */
          broken: z.object({ at: z.int(), because: z.enum(['tampered', 'text-altered']) }).optional(),
        }),
      },
    },
    handle: async ({ query }) => {
      // Whoever is looked for by name is found however it is spelled.
      const person = query.actor === undefined ? undefined : await users.findByUsername(query.actor)
      const page = await listAudit(
        database,
        {
          actors: query.actor === undefined ? undefined : [query.actor, ...(person ? [person.id] : [])],
          action: query.action,
          from: query.from === undefined ? undefined : Date.parse(query.from),
        },
        { limit: query.limit, after: keyOf(query.cursor, 'number') },
      )
      const state = await audit.check()
      return {
        status: 200,
        body: {
          items: page.items.map(({ actor_id, previous_hash, at, ...record }) => ({
            ...record,
            at: toIso(at),
            actorId: actor_id,
            previousHash: previous_hash,
          })),
          nextCursor: toCursor(page.next),
          total: page.total,
          intact: state.intact,
          key: audit.keyId(),
          ...(!state.intact && { broken: { at: state.brokenAt, because: state.because } }),
        },
      }
    },
  })

const listNoticesOperation = ({ database }: Services): Operation =>
  operation({
    id: 'listNotices',
    method: 'GET',
    path: '/api/v1/notices',
    summary:
      'What Owners are told: who was made an Owner or Admin, whose password was reset, many sessions ended',
    tag: 'Record',
    access: rights.owner,
    query: z.strictObject({
      /** The `id` of the newest that is known already. */
      after: z.coerce.number().pipe(z.int().nonnegative()).default(0),
    }),
    answers: {
      200: { description: 'Notices, newest first', schema: z.object({ items: z.array(Notice) }) },
    },
    handle: async ({ query }) => ({
      status: 200,
      body: { items: await listNotices(database, query.after) },
    }),
  })

const exportAuditOperation = ({ audit, identity, clock }: Services): Operation =>
  operation({
    id: 'exportAudit',
    method: 'GET',
    path: '/api/v1/audit/export',
    summary: 'The whole audit trail with its signed head and the public keys, to be verified elsewhere',
    tag: 'Record',
    access: rights.config,
    answers: {
      200: {
        description: 'Lines of JSON: a header, the records oldest first, and what signs them all',
        mediaType: 'application/x-ndjson',
      },
    },
    handle: () => ({
      status: 200,
      headers: {
        'content-type': 'application/x-ndjson; charset=utf-8',
        'content-disposition': 'attachment; filename="audit.ndjson"',
      },
      body: Readable.from(audit.exportTrail({ instanceId: identity.instanceId, at: clock() }), {
        highWaterMark: 1,
      }),
    }),
  })

const acknowledgeAuditOperation = ({ audit }: Services): Operation =>
  operation({
    id: 'acknowledgeAudit',
    method: 'POST',
    path: '/api/v1/audit/acknowledge',
    summary: 'Say that one has seen which records an earlier version stored otherwise than it hashed them',
    tag: 'Record',
    access: rights.owner,
    body: z.strictObject({ reason: plainText(1, 500) }),
    answers: {
      200: {
        description: 'The numbers of the records; the trail is intact again from here',
        schema: z.object({ acknowledged: z.array(z.int()) }),
      },
    },
    problems: ['not-found'],
    handle: async ({ body, author }) => {
      const acknowledged = await audit.acknowledge(author, body.reason)
      if (acknowledged.length > 0) return { status: 200, body: { acknowledged } }
      const state = audit.state()
      throw new Problem(
        'not-found',
        state.intact
          ? 'The audit trail is intact: there is nothing to acknowledge.'
          : `${explainAudit(state)} That can’t be acknowledged.`,
      )
    },
  })

const getMetricsOperation = ({ sessions, events, audit, countRunning, metrics }: Services): Operation =>
  operation({
    id: 'getMetrics',
    method: 'GET',
    path: '/metrics',
    summary: 'Prometheus text: for this machine, and elsewhere for who holds AdministerSystem',
    tag: 'Server',
    access: 'anyone',
    answers: { 200: { description: 'Numbers, none about a person', mediaType: 'text/plain' } },
    problems: ['not-signed-in', 'session-ended', 'forbidden'],
    handle: async ({ request }) => {
      if (!isLoopback(clientAddress(request))) {
        const caller = demandCaller(await recognise(sessions, request, true), request)
        const { permission, allows } = rights.config
        if (!allows(caller.holder))
          throw new Problem('forbidden', `You need the right ${permission} for this.`, { permission })
      }
      const running = await countRunning()
      const text = metrics.render([
        ...Object.entries(running).map(
          ([kind, value]) =>
            ({ name: 'curfew_sessions', labels: { kind }, value, help: 'Running sessions.' }) as const,
        ),
        { name: 'curfew_event_listeners', value: events.listeners(), help: 'Open event streams.' },
        {
          name: 'curfew_audit_intact',
          value: audit.state().intact ? 1 : 0,
          help: '1 when the audit chain was whole when it was last verified.',
        },
      ])
      return {
        status: 200,
        body: text,
        headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
      }
    },
  })

/** What happens now, what has happened, and how the service is: events, audit, metrics. */
export function recordRoutes(services: Services): readonly Operation[] {
  return [
    listenToEventsOperation(services),
    listAuditOperation(services),
    listNoticesOperation(services),
    exportAuditOperation(services),
    acknowledgeAuditOperation(services),
    getMetricsOperation(services),
  ]
}
