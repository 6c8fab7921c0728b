import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import type { InstanceId } from '../../../domain/instance.ts'
import type { Policy } from '../../../domain/policy.ts'
import type { Preview } from '../../../domain/preview.ts'
import type { Revision } from '../../../domain/reading.ts'
import { answerOf, main } from '../../state/calls.ts'
import { keys } from '../../state/keys.ts'

/** The policy of an instance, as last read. */
export function usePolicy(instance: InstanceId, enabled: boolean) {
  return useQuery({
    queryKey: keys.policy(instance),
    queryFn: () => answerOf(main().policy.read({ instance })),
    enabled,
  })
}

const previewOf = (instance: InstanceId, basis: Revision, change: Policy) =>
  answerOf(main().policy.preview({ instance, basis, change }))

/** B1: what a change would end now, asked for once the typing pauses. */
export function usePolicyPreview(instance: InstanceId, basis: Revision, change: Policy, enabled: boolean) {
  const wanted = JSON.stringify(change)
  const [settled] = useDebouncedValue(wanted, 250)
  const query = useQuery({
    queryKey: keys.preview(instance, basis, settled),
    queryFn: () => previewOf(instance, basis, JSON.parse(settled) as Policy),
    enabled: enabled && settled === wanted,
    staleTime: 0,
    gcTime: 0,
  })
  return settled === wanted ? query : { ...query, data: undefined, error: null, isFetching: true }
}

/** The same, asked for at once; `undefined` where the server does not answer: saving will say why. */
export function askPolicyPreview(
  instance: InstanceId,
  basis: Revision,
  change: Policy,
): Promise<Preview | undefined> {
  return previewOf(instance, basis, change).catch(() => undefined)
}
