import { z } from 'zod'
import { InstanceId } from '../../domain/instance.ts'
import { Job, JobId, JobSummary, jobItemsMax } from '../../domain/job.ts'
import { channel, done, none, ServerId } from './channel.ts'

const OneJob = z.strictObject({ job: JobId })

/** Long work that goes on in main, whatever becomes of the window. */
export const jobsChannels = {
  'jobs.list': channel({ in: none, out: z.array(JobSummary) }),
  /** With what became of each item. */
  'jobs.read': channel({ in: OneJob, out: Job }),
  /** Every session of these people ends. Curfew's own is kept unless asked for. */
  'jobs.revokeUsers': channel({
    in: z.strictObject({
      instance: InstanceId,
      /** The names are for the report. */
      users: z
        .array(z.strictObject({ id: ServerId, name: z.string().max(200) }))
        .min(1)
        .max(jobItemsMax),
      reason: z.string().max(500).default(''),
      includeOwn: z.boolean().default(false),
    }),
    out: JobId,
  }),
  /** Sends nothing further. */
  'jobs.cancel': channel({ in: OneJob, out: done }),
  /** Takes up what was not begun, is not known, failed or was refused. */
  'jobs.goOn': channel({ in: OneJob, out: done }),
  /** Forgets the report. */
  'jobs.dismiss': channel({ in: OneJob, out: done }),
} as const
