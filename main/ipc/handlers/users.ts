import type { People } from '../../administration/people.ts'
import type { HandlersOf } from '../door.ts'

export interface UsersParts {
  readonly people: Omit<People, 'revokeUsers'>
}

export function createUsersHandlers({ people }: UsersParts): HandlersOf<'users' | 'sessions'> {
  return {
    'users.list': ({ instance, query }) => people.list(instance, query),
    'users.read': ({ instance, user }) => people.read(instance, user),
    'users.sessions': ({ instance, user }) => people.sessionsOf(instance, user),
    'sessions.revoke': ({ instance, ids, ...options }) => people.revokeSessions(instance, ids, options),
  }
}
