import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import type { ConfigInput } from '../../../domain/config.ts'
import type { InstanceId } from '../../../domain/instance.ts'
import { answerOf, main } from '../../state/calls.ts'
import { keys } from '../../state/keys.ts'

/** System Config of an instance, as last read. */
export function useConfig(instance: InstanceId, enabled: boolean) {
  return useQuery({
    queryKey: keys.config(instance),
    queryFn: () => answerOf(main().config.read({ instance })),
    enabled,
  })
}

/** B1: what a row with this value would end now, asked for once the typing pauses; `undefined` asks nothing. */
export function useConfigPreview(instance: InstanceId, entry: ConfigInput | undefined) {
  const wanted = entry && JSON.stringify(entry)
  const [settled] = useDebouncedValue(wanted, 250)
  const query = useQuery({
    queryKey: keys.configPreview(instance, settled ?? ''),
    queryFn: () =>
      answerOf(main().config.preview({ instance, entry: JSON.parse(settled ?? '') as ConfigInput })),
    enabled: settled !== undefined && settled === wanted,
    staleTime: 0,
    gcTime: 0,
  })
  return settled === wanted ? query : { ...query, data: undefined, error: null, isFetching: true }
}
