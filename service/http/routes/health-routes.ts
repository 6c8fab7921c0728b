import { z } from 'zod'
import { type Operation, operation } from '../operation.ts'
import { Problem } from '../problem.ts'
import type { Services } from '../services.ts'

const status = z.object({ status: z.literal('ok') })
/** A trail that is broken is said and keeps nobody out: else breaking it would. */
const readiness = status.extend({ audit: z.enum(['intact', 'broken']) })

/** Probes for whoever keeps the service running. */
export function healthRoutes({ database, audit, isDraining }: Services): readonly Operation[] {
  return [
    operation({
      id: 'healthLive',
      method: 'GET',
      path: '/health/live',
      summary: 'Whether the process answers',
      tag: 'Server',
      access: 'anyone',
      answers: { 200: { description: 'It does', schema: status } },
      handle: () => ({ status: 200, body: { status: 'ok' } }),
    }),
    operation({
      id: 'healthReady',
      method: 'GET',
      path: '/health/ready',
      summary: 'Whether it can serve: the database answers and the service is not stopping',
      tag: 'Server',
      access: 'anyone',
      answers: { 200: { description: 'It can', schema: readiness } },
      problems: ['unavailable'],
      handle: async () => {
        if (isDraining()) throw new Problem('unavailable', 'The service is stopping.')
        try {
          await database.read.selectFrom('settings').select('id').executeTakeFirstOrThrow()
        } catch {
          throw new Problem('unavailable', 'The database does not answer.')
        }
        return { status: 200, body: { status: 'ok', audit: audit.state().intact ? 'intact' : 'broken' } }
      },
    }),
  ]
}
