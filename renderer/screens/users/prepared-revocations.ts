import { z } from 'zod'
import type { InstanceId } from '../../../domain/instance.ts'
import { User } from '../../../domain/user.ts'
import { pageStore } from '../../state/page-store.ts'

/** A revocation that was being prepared before a lock: of whom, and why. */
const PreparedRevocation = z.object({ users: z.array(User).min(1), reason: z.string() })

type PreparedRevocations = Readonly<Record<InstanceId, Readonly<z.infer<typeof PreparedRevocation>>>>

/** By instance, what waits for its screen; the dialog keeps what is typed in it. */
export const usePreparedRevocations = pageStore<PreparedRevocations, z.infer<typeof PreparedRevocation>>(
  {},
  {
    draft: {
      what: 'revocation',
      perInstance: true,
      schema: PreparedRevocation,
      restored: (prepared, revocation, instance) => ({ ...prepared, [instance]: revocation }),
    },
  },
)

/** The screen has shown it, and it was sent or thrown away. */
export function forgetRevocation(instance: InstanceId): void {
  usePreparedRevocations.setState(({ [instance]: _, ...rest }) => rest, true)
}
