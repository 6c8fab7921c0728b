import { z } from 'zod'
import { nameKey } from '../../../domain/names.ts'
import { holds, type Permission, Role, type Standing } from '../../../domain/user.ts'
import { holderOf } from '../../sign-in.ts'
import { toCursor } from '../../store/paging.ts'
import { mentionEnded } from '../../store/sweep.ts'
import { permissionsOf, type StoredUser, type UserSort } from '../../store/users.ts'
import { keyOf } from '../cursor.ts'
import { type Operation, operation } from '../operation.ts'
import { invalidField, Problem } from '../problem.ts'
import { rights } from '../rights.ts'
import {
  displayName,
  email,
  grantable,
  idParams,
  password,
  reason,
  username,
  userPage,
  userSchema,
  usersQuery,
} from '../schemas.ts'
import type { Services } from '../services.ts'

const newUser = z.strictObject({
  username,
  displayName: displayName.optional(),
  email: email.default(''),
  role: Role.default('member'),
  permissions: grantable.default([]),
  password,
})

const userChange = z.strictObject({
  displayName: displayName.optional(),
  email: email.optional(),
  role: Role.optional(),
  permissions: grantable.optional(),
  disabled: z.boolean().optional(),
  password: password.optional(),
  reason: reason.optional(),
})

/** Whether a change gives somebody a way in, or more rights. To keep somebody out, nobody is asked for a password. */
const changesRights = (change: unknown) => {
  const { password: chosen, role, permissions, disabled } = change as z.output<typeof userChange>
  return chosen !== undefined || role !== undefined || permissions !== undefined || disabled === false
}

const rank = (who: Standing) => ({ owner: 3, admin: 2, member: who.permissions.length > 0 ? 1 : 0 })[who.role]

/** Nobody may give more than they have, nor take hold of somebody above them. */
function demandRank(
  holder: Standing,
  target: Standing | undefined,
  wanted: { readonly role?: Role | undefined; readonly permissions?: readonly Permission[] | undefined },
): void {
  const refuse = (detail: string, permission: string) => {
    throw new Problem('forbidden', detail, { permission })
  }
  if (target && rank(target) > rank(holder))
    refuse('This person has more rights than you.', target.role === 'owner' ? 'Owner' : 'Admin')
  if (wanted.role !== undefined && wanted.role !== target?.role) {
    if (!holds(holder, 'AdministerSystem') && (target !== undefined || wanted.role !== 'member'))
      refuse('Only an Owner or Admin may change roles.', 'AdministerSystem')
    if ((wanted.role === 'owner' || target?.role === 'owner') && holder.role !== 'owner')
      refuse('Only an Owner may make or unmake an Owner.', 'Owner')
  }
  const grants = wanted.permissions?.some((permission) => !target?.permissions.includes(permission))
  if (grants && !holds(holder, 'AdministerSystem'))
    refuse('Only an Owner or Admin may give permissions.', 'AdministerSystem')
}

/** What the audit trail keeps of a person: never the password. */
const noted = (user: StoredUser) => ({
  username: user.username,
  displayName: user.display_name,
  email: user.email,
  role: user.role,
  permissions: permissionsOf(user),
  disabled: user.disabled === 1,
})

const listUsersOperation = ({ users }: Services): Operation =>
  operation({
    id: 'listUsers',
    method: 'GET',
    path: '/api/v1/users',
    summary: 'People, found by any part of their name, display name or e-mail',
    tag: 'People',
    access: rights.viewUsers,
    query: usersQuery,
    answers: { 200: { description: 'People', schema: userPage } },
    handle: async ({ query }) => {
      const descending = query.sort.startsWith('-')
      const sort = query.sort.replace('-', '') as UserSort
      const page = await users.list(
        {
          search: query.search,
          role: query.role,
          active: query.active,
          sort,
          descending,
        },
        { limit: query.limit, after: keyOf(query.cursor, sort === 'lastActivityAt' ? 'number' : 'text') },
      )
      return {
        status: 200,
        body: { items: page.items, nextCursor: toCursor(page.next), total: page.total },
      }
    },
  })

const getUserOperation = ({ users }: Services): Operation =>
  operation({
    id: 'getUser',
    method: 'GET',
    path: '/api/v1/users/{id}',
    summary: 'One person',
    tag: 'People',
    access: rights.viewUsers,
    params: idParams,
    answers: { 200: { description: 'The person', schema: userSchema } },
    problems: ['not-found'],
    handle: async ({ params }) => {
      const user = await users.find(params.id)
      if (!user) throw new Problem('not-found', 'There is no such person.')
      return { status: 200, body: await users.present(user) }
    },
  })

const addUserOperation = ({ users, hashNewPassword }: Services): Operation =>
  operation({
    id: 'addUser',
    method: 'POST',
    path: '/api/v1/users',
    summary: 'Add a person',
    tag: 'People',
    access: rights.editUsers,
    fresh: true,
    body: newUser,
    answers: { 201: { description: 'The new person', schema: userSchema } },
    problems: ['exists', 'unavailable', 'throttled'],
    handle: async ({ body, caller, author, request }) => {
      demandRank(caller.holder, undefined, body)
      const displayName = body.displayName ?? body.username
      const known = [body.username, displayName, body.email]
      const hashed = await hashNewPassword(body.password, known, caller, request)
      const user = await author.write(async (transaction, record, holder) => {
        demandRank(holder, undefined, body)
        const taken = await transaction
          .selectFrom('users')
          .select('id')
          .where('username_key', '=', nameKey(body.username))
          .executeTakeFirst()
        if (taken)
          throw new Problem('exists', 'Somebody has this username already.', {
            errors: [{ field: 'username', code: 'exists', message: 'Somebody has this username already.' }],
          })
        const added = await users.add(transaction, {
          ...body,
          displayName,
          password: hashed,
        })
        record.audit({
          actor: author.actor,
          action: 'user.add',
          target: `user:${added.id}`,
          after: noted(added),
        })
        record.event({ type: 'user-changed', data: { userId: added.id, change: 'added' } })
        return added
      })
      return { status: 201, body: await users.present(user) }
    },
  })

const changeUserOperation = (services: Services): Operation =>
  operation({
    id: 'changeUser',
    method: 'PATCH',
    path: '/api/v1/users/{id}',
    summary: 'Change a person; disabling them or setting their password ends their sessions',
    tag: 'People',
    access: rights.editUsers,
    fresh: changesRights,
    params: idParams,
    body: userChange,
    answers: { 200: { description: 'The person as changed', schema: userSchema } },
    problems: ['not-found', 'unavailable', 'throttled'],
    handle: async ({ params, body, caller, author, request }) => {
      const { password: plain, reason: why, ...change } = body
      const before = await services.users.find(params.id)
      if (!before) throw new Problem('not-found', 'There is no such person.')
      demandRank(caller.holder, holderOf(before), change)
      const { username, displayName, email } = holderOf(before)
      const known = [username, displayName, email, change.displayName, change.email]
      const hashed =
        plain === undefined ? undefined : await services.hashNewPassword(plain, known, caller, request)
      await services.activity.flush()
      const changed = await author.write(async (transaction, record, holder) => {
        const now = await services.users.find(params.id, transaction)
        if (!now) throw new Problem('not-found', 'There is no such person.')
        demandRank(holder, holderOf(now), change)
        const losesOwner =
          now.role === 'owner' &&
          now.disabled === 0 &&
          ((change.role !== undefined && change.role !== 'owner') || change.disabled === true)
        if (losesOwner && (await services.users.countOwners(transaction)) === 1)
          throw invalidField(
            change.disabled ? 'disabled' : 'role',
            'last-owner',
            'The organisation needs at least one Owner who can sign in.',
          )
        const after = await services.users.change(transaction, now, { ...change, password: hashed })
        // Also at enabling: nothing that began before or meanwhile comes alive with the account.
        const isDisabled = change.disabled ?? now.disabled === 1
        const because =
          isDisabled || now.disabled === 1 ? 'disabled' : hashed === undefined ? undefined : 'revoked'
        const ended = because
          ? await services.sessions.endWithin(
              transaction,
              now.id,
              because,
              because === 'revoked' ? caller.session.id : undefined,
            )
          : []
        if (because && ended.length > 0) mentionEnded(record, because, ended)
        record.audit({
          actor: author.actor,
          action: 'user.change',
          target: `user:${now.id}`,
          before: noted(now),
          after: { ...noted(after), ...(hashed && { password: 'changed' }), endedSessions: ended.length },
          reason: why,
        })
        record.event({ type: 'user-changed', data: { userId: now.id, change: 'changed' } })
        return after
      })
      return { status: 200, body: await services.users.present(changed) }
    },
  })

/** The people of the organisation: listed, found, added, changed. */
export function userRoutes(services: Services): readonly Operation[] {
  return [
    listUsersOperation(services),
    getUserOperation(services),
    addUserOperation(services),
    changeUserOperation(services),
  ]
}
