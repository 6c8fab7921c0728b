import type { Connections } from '../../instances/connections.ts'
import type { HandlersOf } from '../door.ts'
import { workOn } from './work-on.ts'

export function createUsersHandlers(parts: {
  readonly connections: Pick<Connections, 'use'>
}): HandlersOf<'users' | 'sessions'> {
  const on = workOn(parts)
  return {
    'users.list': ({ instance, query }) => on(instance, 'users', 'users.view', (users) => users.list(query)),
    'users.read': ({ instance, user }) => on(instance, 'users', 'users.view', (users) => users.read(user)),
    'users.sessions': ({ instance, user }) =>
      on(instance, 'sessions', 'users.view', (sessions) => sessions.ofUser?.(user)),
    'sessions.revoke': ({ instance, what, ids, ...options }) =>
      on(instance, 'sessions', 'sessions.revoke', (sessions) => sessions.revoke[what]?.(ids, options)),
  }
}
