import type { ConnectionState, Instance, InstanceState, Me } from '../../../domain/instance.ts'
import type { PolicyReading } from '../../../domain/policy.ts'
import { defaultPolicy, servedFields } from '../../../domain/service-policy.ts'
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
