import { credentialText } from '../../domain/credential.ts'
import { succeed } from '../../domain/problem.ts'
import { type Access, type AccessPorts, createAccess } from '../../main/instances/access.ts'

type Needed = Pick<AccessPorts, 'registry' | 'connectorOf' | 'fetch'>

/** Access to instances that all have the same password stored, and are where their address says. */
export function accessWithPassword(ports: Needed, secret: string): Access {
  return createAccess({
    ...ports,
    credentials: {
      read: async () => succeed(credentialText({ kind: 'password', account: 'any', secret })),
    },
    startBuiltIn: () => Promise.reject(new Error('No instance is built in here.')),
  })
}
