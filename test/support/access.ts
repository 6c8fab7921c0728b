import { credentialText, destinationOf } from '../../domain/credential.ts'
import { fail, succeed } from '../../domain/problem.ts'
import { type Access, type AccessPorts, createAccess } from '../../main/instances/access.ts'

type Needed = Pick<AccessPorts, 'registry' | 'connectorOf' | 'fetch'>

/** Access to instances that all have the same password stored, and are where their address says. */
export function accessWithPassword(ports: Needed, secret: string): Access {
  return createAccess({
    ...ports,
    credentials: {
      read: async (id) => {
        const instance = ports.registry.get(id)
        return instance
          ? succeed(credentialText({ kind: 'password', secret }, destinationOf(instance)))
          : fail({ code: 'password-needed', message: 'None.' })
      },
      write: async () => succeed(undefined),
    },
    certificates: { fetchPinned: () => () => Promise.reject(new Error('Nothing is pinned here.')) },
    hosts: { vouch: () => {} },
    builtInKey: () => undefined,
    startBuiltIn: () => Promise.reject(new Error('No instance is built in here.')),
  })
}
