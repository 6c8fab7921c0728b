import type { TokenScope } from '../../domain/session.ts'
import {
  holds,
  mayAdministerPolicy,
  mayRevokeOthers,
  mayViewUsers,
  type Standing,
} from '../../domain/user.ts'
import { type StoredSession, scopesOf } from '../store/stored-session.ts'
import { Problem } from './problem.ts'

/** A right that an operation demands, with the name a refusal gives it. */
export interface Right {
  readonly permission: string
  readonly allows: (who: Standing) => boolean
}

/** The rights an operation can demand. */
export const rights = {
  /** K1. */
  policy: { permission: 'Owner or Admin', allows: mayAdministerPolicy },
  owner: { permission: 'Owner', allows: (who) => who.role === 'owner' },
  config: { permission: 'AdministerSystem', allows: (who) => holds(who, 'AdministerSystem') },
  viewUsers: { permission: 'UserView', allows: mayViewUsers },
  editUsers: {
    permission: 'UserEdit',
    allows: (who) => holds(who, 'UserEdit') || holds(who, 'AdministerSystem'),
  },
  /** O4. */
  revokeOthers: { permission: 'UserEdit', allows: mayRevokeOthers },
} as const satisfies Record<string, Right>

/** What an operation demands of whoever asks, beside being signed in. */
export interface Demands {
  readonly rights: readonly Right[]
  /** What an authorization token needs for it; `any` will do, or no token may. */
  readonly scope: TokenScope | 'any' | 'never'
  /** Whether the person must have typed their password lately. */
  readonly fresh: boolean
}

/** How long a typed password counts, in milliseconds of the service's clock. */
export const freshMs = 600_000

/** @throws Problem `forbidden` or `fresh-sign-in-needed` */
export function demand(
  { holder, session }: { readonly holder: Standing; readonly session: StoredSession },
  { rights: needed, scope, fresh }: Demands,
  { now, timeScale }: { readonly now: number; readonly timeScale: number },
): void {
  for (const right of needed) demandRight(holder, right)
  if (session.kind !== 'web') {
    if (scope === 'never')
      throw new Problem('forbidden', 'No authorization token can do this: sign in for that.', {
        permission: 'a web session',
      })
    if (scope !== 'any' && !scopesOf(session).includes(scope))
      throw new Problem('forbidden', `This token needs the scope ${scope} for that.`, {
        permission: `scope ${scope}`,
      })
    return
  }
  const age = now - (session.confirmed_at ?? Number.NEGATIVE_INFINITY)
  if (fresh && age >= freshMs * timeScale)
    throw new Problem('fresh-sign-in-needed', 'Type your password again for this: POST /api/v1/me/confirm.')
}

/** @throws Problem `forbidden` */
function demandRight(who: Standing, { permission, allows }: Right): void {
  if (!allows(who))
    throw new Problem('forbidden', `You need the right ${permission} for this.`, { permission })
}
