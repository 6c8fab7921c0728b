import { z } from 'zod'
import { InstanceId } from '../../domain/instance.ts'
import { SessionPage, UserPage, UserQuery } from '../../domain/page.ts'
import { RevocationReport } from '../../domain/revocation.ts'
import { User } from '../../domain/user.ts'
import { channel, ServerId } from './channel.ts'

const OneUser = z.strictObject({ instance: InstanceId, user: ServerId })

/** The people of an instance and their sessions. */
export const usersChannels = {
  'users.list': channel({ in: z.strictObject({ instance: InstanceId, query: UserQuery }), out: UserPage }),
  'users.read': channel({ in: OneUser, out: User }),
  'users.sessions': channel({ in: OneUser, out: SessionPage }),
  /** Ends single sessions. Curfew's own is kept unless asked for. */
  'sessions.revoke': channel({
    in: z.strictObject({
      instance: InstanceId,
      ids: z.array(ServerId).min(1).max(10_000),
      reason: z.string().max(500).default(''),
      includeOwn: z.boolean().default(false),
    }),
    out: RevocationReport,
  }),
} as const
