import type { InstanceId } from '../../domain/instance.ts'
import type { JobSummary } from '../../domain/job.ts'
import type { Revision } from '../../domain/reading.ts'

/**
 * Under which key each answer of main is kept. What belongs to an instance begins with its id, so that one call asks
 * it again for everything. All of it is dropped at a lock (`forgetEverything`).
 */
export const keys = {
  appInfo: ['app', 'info'],
  settings: ['app', 'settings'],
  instances: ['app', 'instances'],
  jobs: ['app', 'jobs'],
  news: ['app', 'news'],
  updates: ['app', 'updates'],
  /** Of a job as it stands: another one after it went on. */
  report: (job: JobSummary | undefined) => ['app', 'report', job?.id, job?.state, job?.done],
  /** All that belongs to an instance. */
  of: (instance: InstanceId) => [instance],
  policy: (instance: InstanceId) => [instance, 'policy'],
  preview: (instance: InstanceId, basis: Revision, change: string) => [
    instance,
    'policy-preview',
    basis,
    change,
  ],
  config: (instance: InstanceId) => [instance, 'config'],
  configPreview: (instance: InstanceId, entry: string) => [instance, 'config-preview', entry],
  users: (instance: InstanceId) => [instance, 'users'],
  filteredUsers: (instance: InstanceId, filter: object) => [instance, 'users', filter],
  sessions: (instance: InstanceId) => [instance, 'sessions'],
  sessionsOf: (instance: InstanceId, user: string) => [instance, 'sessions', user],
} as const
