import { useQuery } from '@tanstack/react-query'
import type { JobId, JobSummary } from '../../domain/job.ts'
import { answerOf, main } from './calls.ts'
import { keys } from './keys.ts'
import { queryClient } from './query-client.ts'

const none: readonly JobSummary[] = []

/** Long work in main and the reports of what has ended, kept current by main. */
export function useJobs(): readonly JobSummary[] {
  const { data } = useQuery({
    queryKey: keys.jobs,
    queryFn: () => answerOf(main().jobs.list()),
    staleTime: Number.POSITIVE_INFINITY,
  })
  return data ?? none
}

/** A job with what became of each item, once it has ended; read again after it went on. */
export function useReport(job: JobSummary | undefined) {
  const { data: report, isError } = useQuery({
    queryKey: keys.report(job),
    queryFn: () => answerOf(main().jobs.read({ job: job?.id ?? '' })),
    enabled: job !== undefined && job.state.status !== 'running',
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  })
  return { report, isError }
}

/** Takes over the list that main has sent. */
export function acceptJobs(jobs: readonly JobSummary[]): void {
  queryClient.setQueryData(keys.jobs, jobs)
}

/** Forgets a report that was read. */
export async function dismissJob(job: JobId): Promise<void> {
  await main().jobs.dismiss({ job })
  queryClient.setQueryData<readonly JobSummary[]>(keys.jobs, (jobs = none) =>
    jobs.filter(({ id }) => id !== job),
  )
}
