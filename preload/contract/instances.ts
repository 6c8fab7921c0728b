import { z } from 'zod'
import { Instance, InstanceColour, InstanceId, InstanceState } from '../../domain/instance.ts'
import { channel, done, none } from './channel.ts'

const Password = z.string().min(1).max(1024)

/** A new instance as the *Add an instance* form sends it. */
export const NewInstance = z.strictObject({
  ...Instance.pick({ name: true, environment: true, baseUrl: true, username: true }).shape,
  colour: InstanceColour,
  password: Password,
  /** Hold the server to the certificate key that it shows now, once the person has confirmed its fingerprint. */
  pinCertificate: z.boolean().default(false),
})
export type NewInstance = z.infer<typeof NewInstance>

/** The list of instances, and signing in to them. */
export const instancesChannels = {
  'instances.list': channel({ in: none, out: z.array(InstanceState) }),
  'instances.startBuiltIn': channel({ in: none, out: InstanceId }),
  /** What the sample people of the built-in service sign in with. */
  'instances.demoPassword': channel({ in: z.strictObject({ instance: InstanceId }), out: z.string() }),
  'instances.add': channel({ in: NewInstance, out: InstanceId }),
  'instances.remove': channel({ in: z.strictObject({ instance: InstanceId }), out: done }),
  /**
   * Connects again with the stored password, or with the one typed, which is stored if it works. A typed one may be meant
   * for another server than before at the same address.
   */
  'instances.signIn': channel({
    in: z.strictObject({
      instance: InstanceId,
      password: Password.optional(),
      acceptServer: z.boolean().default(false),
    }),
    out: done,
  }),
  /**
   * Holds an instance to the certificate key that its server shows now, or to none any more. What the password is sealed
   * for is another then, so it is typed again; the person is asked outside the window.
   */
  'instances.pin': channel({
    in: z.strictObject({ instance: InstanceId, password: Password, pinned: z.boolean() }),
    out: done,
  }),
  /** Undoes what was changed in the list of instances outside Curfew, and connects with the stored password. */
  'instances.putBack': channel({ in: z.strictObject({ instance: InstanceId }), out: done }),
} as const
