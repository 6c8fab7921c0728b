import type { Me } from '../../../domain/instance.ts'
import type { Right, Rights } from '../../../domain/rights.ts'
import {
  holds,
  mayAdministerPolicy,
  mayRevokeOthers,
  mayViewUsers,
  roleNames,
  type ServiceUser,
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

/** A person with their role as people call it. */
export function inWords(user: ServiceUser): User {
  return { ...user, role: roleNames[user.role] }
}

/** The account that has just signed in. The session service tells its rights by role and permissions. */
export function meOf(user: ServiceUser): Me {
  const { id, username, displayName, role } = user
  const rights: Rights = Object.fromEntries(
    Object.entries(allows).flatMap(([right, isAllowed]) => (isAllowed(user) ? [[right, 'held']] : [])),
  )
  return { userId: id, username, displayName, role: roleNames[role], rights }
}
