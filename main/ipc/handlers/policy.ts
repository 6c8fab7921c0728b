import type { Connections } from '../../instances/connections.ts'
import type { HandlersOf } from '../door.ts'
import { workOn } from './work-on.ts'

export function createPolicyHandlers(parts: {
  readonly connections: Pick<Connections, 'use'>
}): HandlersOf<'policy'> {
  const on = workOn(parts)
  return {
    'policy.read': ({ instance }) => on(instance, 'policy', 'policy.read', (policy) => policy.read()),
    'policy.preview': ({ instance, basis, change }) =>
      on(instance, 'policy', 'policy.read', (policy) => policy.preview?.(change, basis)),
    'policy.write': ({ instance, basis, change }) =>
      on(instance, 'policy', 'policy.write', (policy) => policy.write(change, basis)),
  }
}
