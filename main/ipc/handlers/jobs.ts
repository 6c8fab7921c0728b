import { succeed } from '../../../domain/problem.ts'
import type { People } from '../../administration/people.ts'
import type { Jobs } from '../../jobs/jobs.ts'
import type { HandlersOf } from '../door.ts'

export interface JobsParts {
  readonly jobs: Pick<Jobs, 'list' | 'read' | 'cancel' | 'goOn' | 'dismiss'>
  readonly people: Pick<People, 'revokeUsers'>
}

export function createJobsHandlers({ jobs, people }: JobsParts): HandlersOf<'jobs'> {
  return {
    'jobs.list': () => succeed([...jobs.list()]),
    'jobs.read': ({ job }) => {
      const read = jobs.read(job)
      return read.ok ? succeed({ ...read.value, items: [...read.value.items] }) : read
    },
    'jobs.revokeUsers': ({ users, ...order }) => people.revokeUsers(order, users),
    'jobs.cancel': ({ job }) => jobs.cancel(job),
    'jobs.goOn': ({ job }) => jobs.goOn(job),
    'jobs.dismiss': ({ job }) => jobs.dismiss(job),
  }
}
