import { z } from 'zod'
import { InstanceColour } from '../../../domain/instance.ts'
import { pageStore } from '../../state/page-store.ts'

/** *Add an instance* as it was typed, without the password. */
const TypedInstance = z.object({
  baseUrl: z.string(),
  name: z.string(),
  environment: z.string(),
  colour: InstanceColour,
  username: z.string(),
  pinCertificate: z.boolean(),
})

interface Typed {
  /** What had been typed before a lock and waits for its form; the form keeps what is typed in it. */
  readonly instance: Readonly<z.infer<typeof TypedInstance>> | undefined
}

export const useTypedInstance = pageStore<Typed, z.infer<typeof TypedInstance>>(
  { instance: undefined },
  {
    draft: {
      what: 'add-instance',
      perInstance: false,
      schema: TypedInstance,
      restored: (_, instance) => ({ instance }),
    },
  },
)

/** The form has shown it, and it was sent or thrown away. */
export function forgetTypedInstance(): void {
  useTypedInstance.setState({ instance: undefined })
}
