import { formatCount } from '../../domain/duration.ts'
import type { InstanceId } from '../../domain/instance.ts'
import type { JobId, RevokeUsersOrder } from '../../domain/job.ts'
import type { SessionPage, UserPage, UserQuery } from '../../domain/page.ts'
import type { Outcome } from '../../domain/problem.ts'
import type { RevocationReport } from '../../domain/revocation.ts'
import type { User } from '../../domain/user.ts'
import type { RevokeOptions } from '../connectors/connector.ts'
import type { Connections } from '../instances/connections.ts'
import type { Jobs, NewItem } from '../jobs/jobs.ts'
import type { ConfirmMany } from './confirm-many.ts'
import { workOn } from './work-on.ts'

/** The people of the instances and their sessions. Whatever is done to them passes through here. */
export interface People {
  list(instance: InstanceId, query: UserQuery): Promise<Outcome<UserPage>>
  read(instance: InstanceId, user: string): Promise<Outcome<User>>
  sessionsOf(instance: InstanceId, user: string): Promise<Outcome<SessionPage>>
  /** Ends single sessions. */
  revokeSessions(
    instance: InstanceId,
    ids: readonly string[],
    options: RevokeOptions,
  ): Promise<Outcome<RevocationReport>>
  /** Ends every session of some people, as a job. */
  revokeUsers(order: Omit<RevokeUsersOrder, 'kind'>, users: readonly NewItem[]): Promise<Outcome<JobId>>
}

export interface PeopleParts {
  readonly connections: Pick<Connections, 'use' | 'states'>
  readonly jobs: Pick<Jobs, 'start'>
  /** Has the person confirm outside the window what would end the sessions of many. */
  readonly confirmMany: ConfirmMany
}

export function createPeople({ connections, jobs, confirmMany }: PeopleParts): People {
  const on = workOn(connections)

  function ownId(instance: InstanceId): string | undefined {
    const state = connections.states().find((each) => each.instance.id === instance)?.connection
    return state?.status === 'connected' ? state.me.userId : undefined
  }

  const nameOf = (instance: InstanceId) =>
    connections.states().find((each) => each.instance.id === instance)?.instance.name ?? instance

  return {
    list: (instance, query) => on(instance, 'users', 'users.view', (users) => users.list(query)),
    read: (instance, user) => on(instance, 'users', 'users.view', (users) => users.read(user)),
    sessionsOf: (instance, user) =>
      on(instance, 'sessions', 'users.view', (sessions) => sessions.ofUser?.(user)),
    async revokeSessions(instance, ids, options) {
      const confirmed = await confirmMany(
        ids.length,
        `end ${formatCount(ids.length)} sessions`,
        nameOf(instance),
      )
      if (!confirmed.ok) return confirmed
      return on(instance, 'sessions', 'sessions.revoke', ({ revoke }) => revoke.sessions?.(ids, options))
    },
    async revokeUsers(order, users) {
      const people = `sign out ${formatCount(users.length)} people`
      const confirmed = await confirmMany(users.length, people, nameOf(order.instance))
      if (!confirmed.ok) return confirmed
      const own = ownId(order.instance)
      // Curfew's own account comes last: once its session has ended nothing more can be sent.
      const inOrder = users.toSorted((a, b) => Number(a.id === own) - Number(b.id === own))
      return jobs.start({ kind: 'revoke-users', ...order }, inOrder)
    },
  }
}
