import type { Policies } from '../../administration/policies.ts'
import type { HandlersOf } from '../door.ts'

export interface PolicyParts {
  readonly policies: Policies
}

export function createPolicyHandlers({ policies }: PolicyParts): HandlersOf<'policy'> {
  return {
    'policy.read': ({ instance }) => policies.read(instance),
    'policy.preview': ({ instance, basis, change }) => policies.preview(instance, change, basis),
    'policy.write': ({ instance, basis, change }) => policies.write(instance, change, basis),
  }
}
