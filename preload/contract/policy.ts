import { z } from 'zod'
import { InstanceId } from '../../domain/instance.ts'
import { Policy, PolicyReading } from '../../domain/policy.ts'
import { Preview } from '../../domain/preview.ts'
import { Revision, WriteResult } from '../../domain/reading.ts'
import { channel } from './channel.ts'

/** A change, and the revision it was made on. */
const Change = z.strictObject({ instance: InstanceId, basis: Revision, change: Policy })

/** The session rules of an instance. */
export const policyChannels = {
  'policy.read': channel({ in: z.strictObject({ instance: InstanceId }), out: PolicyReading }),
  'policy.preview': channel({ in: Change, out: Preview }),
  'policy.write': channel({ in: Change, out: WriteResult(PolicyReading) }),
} as const
