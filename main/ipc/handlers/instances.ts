import { succeed } from '../../../domain/problem.ts'
import type { Connections } from '../../instances/connections.ts'
import type { Instances } from '../../instances/instances.ts'
import type { HandlersOf } from '../door.ts'

export interface InstancesParts {
  readonly instances: Instances
  readonly connections: Pick<Connections, 'states'>
}

export function createInstancesHandlers({ instances, connections }: InstancesParts): HandlersOf<'instances'> {
  return {
    'instances.list': () => succeed([...connections.states()]),
    'instances.startBuiltIn': () => instances.startBuiltIn(),
    'instances.demoPassword': ({ instance }) => instances.demoPassword(instance),
    'instances.add': (instance) => instances.add(instance),
    'instances.remove': ({ instance }) => instances.remove(instance),
    'instances.signIn': ({ instance, password, acceptServer }) =>
      instances.signIn(instance, password, acceptServer),
    'instances.pin': ({ instance, password, pinned }) => instances.pin(instance, password, pinned),
    'instances.putBack': ({ instance }) => instances.putBack(instance),
  }
}
