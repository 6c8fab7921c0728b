import {
  holds,
  mayAdministerPolicy,
  mayRevokeOthers,
  mayViewUsers,
  type Standing,
} from '../../domain/user.ts'
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

/** @throws Problem `forbidden` */
export function demandRight(who: Standing, { permission, allows }: Right): void {
  if (!allows(who))
    throw new Problem('forbidden', `You need the right ${permission} for this.`, { permission })
}
