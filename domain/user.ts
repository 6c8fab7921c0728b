import { z } from 'zod'
import { Instant, SessionCounts } from './session.ts'

/** The organisation roles of the session service, most powerful first. */
export const roles = ['owner', 'admin', 'member'] as const
export const Role = z.enum(roles)
export type Role = z.infer<typeof Role>

/** What people call the roles. */
export const roleNames: Readonly<Record<Role, string>> = { owner: 'Owner', admin: 'Admin', member: 'Member' }

export const permissions = ['AdministerSystem', 'UserEdit', 'UserView'] as const
export const Permission = z.enum(permissions)
export type Permission = z.infer<typeof Permission>

/**
 * A person of an instance, as a server lists them. What a server does not tell is absent. Role and permissions are in
 * the server's own words, to be shown; nothing is decided by them.
 */
export const User = z.object({
  id: z.string(),
  username: z.string(),
  displayName: z.string(),
  email: z.string(),
  role: z.string().optional(),
  permissions: z.array(z.string()),
  disabled: z.boolean(),
  /** Running sessions by kind; absent where the server has no session list. */
  sessions: SessionCounts.optional(),
  lastActivityAt: Instant.nullable().optional(),
})
export type User = Readonly<z.infer<typeof User>>

/** A person as the session service lists them. */
export const ServiceUser = User.extend({ role: Role, permissions: z.array(Permission) })
export type ServiceUser = Readonly<z.infer<typeof ServiceUser>>

/** What somebody is called: the display name, or the user name where there is none. */
export function nameOf({ displayName, username }: Pick<User, 'displayName' | 'username'>): string {
  return displayName || username
}

/** A role that people can be listed by: the server's id for it, and what those who have it are called. */
export const UserRole = z.object({ id: z.string(), people: z.string() })
export type UserRole = Readonly<z.infer<typeof UserRole>>

/** Who somebody is, as far as rights are concerned. */
export interface Standing {
  readonly role: Role
  readonly permissions: readonly Permission[]
}

/** Whether somebody holds a permission: owners and admins hold all of them. */
export function holds(who: Standing, permission: Permission): boolean {
  return who.role !== 'member' || who.permissions.includes(permission)
}

/** K1: the inactivity rule is for Owners and Admins of the organisation. */
export function mayAdministerPolicy(who: Standing): boolean {
  return who.role !== 'member'
}

/** Reading users and their sessions: any of the three permissions. */
export function mayViewUsers(who: Standing): boolean {
  return permissions.some((permission) => holds(who, permission))
}

/** O4: revoking another user's sessions. */
export function mayRevokeOthers(who: Standing): boolean {
  return holds(who, 'AdministerSystem') || holds(who, 'UserEdit')
}
