import type { ConnectionState, Instance, InstanceState, Me } from '../../../domain/instance.ts'
import type { Job, JobItem } from '../../../domain/job.ts'
import type { SessionPage, UserPage } from '../../../domain/page.ts'
import type { PolicyReading } from '../../../domain/policy.ts'
import { defaultPolicy, servedFields } from '../../../domain/service-policy.ts'
import type { Session } from '../../../domain/session.ts'
import type { User } from '../../../domain/user.ts'
import { readingOf } from '../../support/policies.ts'

/** The Owner of an instance, with every right. */
export const owner: Me = {
  userId: 'u-owner',
  username: 'ada',
  displayName: 'Ada Owner',
  role: 'Owner',
  rights: {
    'policy.read': 'held',
    'policy.write': 'held',
    'config.read': 'held',
    'config.write': 'held',
    'users.view': 'held',
    'users.edit': 'held',
    'sessions.revoke': 'held',
  },
}

/** An instance as it stands in the list. */
export function instance(changed: Partial<Instance> = {}): Instance {
  return {
    id: '00000000-0000-4000-8000-000000000001',
    name: 'Berlin',
    colour: 'teal',
    environment: 'Production',
    baseUrl: 'https://berlin.example',
    connector: 'session-service',
    builtIn: false,
    username: 'ada',
    serverId: 'server-1',
    ...changed,
  }
}

/** A connection on which everything can be done. */
export function connection(me: Me = owner): Extract<ConnectionState, { status: 'connected' }> {
  return {
    status: 'connected',
    since: '2026-01-01T00:00:00Z',
    serverName: 'Curfew session service',
    serverVersion: '1.0.0',
    me,
    capabilities: [
      'policy.read',
      'policy.write',
      'policy.preview',
      'config.read',
      'config.write',
      'config.preview',
      'users.list',
      'sessions.list',
      'sessions.revoke-one',
      'sessions.revoke-user',
    ],
    userRoles: [
      { id: 'owner', people: 'Owners' },
      { id: 'admin', people: 'Admins' },
      { id: 'member', people: 'Members' },
    ],
  }
}

/** An instance that is connected. */
export function connectedState(changed: Partial<Instance> = {}, me: Me = owner): InstanceState {
  return { instance: instance(changed), connection: connection(me) }
}

/** A reading of the rules a fresh session service has. */
export function policyReading(changed: Partial<PolicyReading> = {}): PolicyReading {
  return { ...readingOf(servedFields(defaultPolicy)), ...changed }
}

/** A person as the list has them. */
export function person(id: string, changed: Partial<User> = {}): User {
  return {
    id,
    username: id,
    displayName: `${id.charAt(0).toUpperCase()}${id.slice(1)} Person`,
    email: `${id}@example.org`,
    role: 'Member',
    permissions: [],
    disabled: false,
    sessions: { web: 2, token: 1, kubernetes: 0 },
    lastActivityAt: '2026-01-01T09:00:00Z',
    ...changed,
  }
}

/** A page of people that is the whole list. */
export function peoplePage(...items: readonly User[]): UserPage {
  return { items: [...items], nextCursor: null, total: items.length }
}

/** A running session of somebody. */
export function session(id: string, changed: Partial<Session> = {}): Session {
  return {
    id,
    userId: 'ida',
    kind: 'web',
    createdAt: '2026-01-01T08:00:00Z',
    lastActivityAt: '2026-01-01T09:00:00Z',
    remembered: false,
    client: 'Chromium on Linux',
    address: '192.0.2.7',
    endsAt: '2026-01-01T09:20:00Z',
    endsBecause: 'idle',
    current: false,
    ...changed,
  }
}

/** All sessions of somebody, read at a server's nine o'clock. */
export function sessionPage(...items: readonly Session[]): SessionPage {
  return { items: [...items], nextCursor: null, total: items.length, serverTime: '2026-01-01T09:00:00Z' }
}

/** A revocation that main has done or is at. */
export function job(items: readonly JobItem[], changed: Partial<Job> = {}): Job {
  return {
    id: '00000000-0000-4000-8000-0000000000aa',
    title: 'Revoke all sessions',
    startedAt: '2026-01-01T09:00:00Z',
    order: { kind: 'revoke-users', instance: instance().id, reason: '', includeOwn: false },
    state: { status: 'done' },
    items,
    ...changed,
  }
}
