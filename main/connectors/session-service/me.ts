import type { Me } from '../../../domain/instance.ts'
import type { Right, Rights } from '../../../domain/rights.ts'
import {
  holds,
  mayAdministerPolicy,
  mayRevokeOthers,
  mayViewUsers,
  roleNames,
  type Standing,
  type User,
} from '../../../domain/user.ts'

const allows: Readonly<Record<Right, (who: Standing) => boolean>> = {
  'policy.read': mayAdministerPolicy,
  'policy.write': mayAdministerPolicy,
  'config.read': (who) => holds(who, 'AdministerSystem'),
  'config.write': (who) => holds(who, 'AdministerSystem'),
  'users.view': mayViewUsers,
  'users.edit': (who) => holds(who, 'UserEdit') || holds(who, 'AdministerSystem'),
  'sessions.revoke': mayRevokeOthers,
}

/** The account that has just signed in. The session service tells its rights by role and permissions. */
export function meOf(user: User): Me {
  const { id, username, displayName, role } = user
  const rights: Rights = Object.fromEntries(
    Object.entries(allows).flatMap(([right, isAllowed]) => (isAllowed(user) ? [[right, 'held']] : [])),
  )
  return { userId: id, username, displayName, role: roleNames[role], rights }
}
