import { Button } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { formatCount } from '../../../domain/duration.ts'
import { isUnfinished, type Job, type JobId } from '../../../domain/job.ts'
import { Dialog } from '../../components/dialog.tsx'
import { main } from '../../state/calls.ts'
import { dismissJob, useJobs, useReport } from '../../state/jobs.ts'
import { classesIn } from '../../styles/css.ts'
import styles from './revoke-dialog.module.css'
import { endedBy, RevokeReport } from './revoke-report.tsx'
import { refreshUsers } from './use-users.ts'

const css = classesIn(styles)

interface RevokeJobProps {
  readonly id: JobId
  /** Whether it closes by itself once everything was done. */
  readonly closesWhenDone?: boolean
  readonly onClose: (done: boolean, ended: number) => void
}

/** O4: a revocation that was begun: how far it is, and then what became of each person's sessions. */
export function RevokeJob({ id, closesWhenDone = false, onClose }: RevokeJobProps) {
  const job = useJobs().find((each) => each.id === id)
  const { report, isError } = useReport(job)
  // It was forgotten elsewhere, or can't be read: then there is nothing to wait for.
  const isUnreadable = job === undefined || isError
  const isRunning = job?.state.status === 'running'
  const unfinished = report?.items.filter(isUnfinished) ?? []

  const finish = async (done: Job) => {
    await dismissJob(id)
    onClose(!done.items.some(isUnfinished), endedBy(done))
  }
  const onReport = async (read: Job) => {
    const revoked = read.items.filter(({ outcome }) => outcome.what === 'revoked')
    await refreshUsers(
      read.order.instance,
      revoked.map((item) => item.id),
    )
    if (closesWhenDone && !read.items.some(isUnfinished)) await finish(read)
  }
  const latest = useRef(onReport)
  latest.current = onReport
  useEffect(() => {
    if (report) void latest.current(report)
  }, [report])

  const close = () => {
    if (isRunning) void main().jobs.cancel({ job: id })
    else if (report) void finish(report)
    else if (isUnreadable) void dismissJob(id).then(() => onClose(false, 0))
  }
  // What closes by itself shows no report in the moment before.
  const shown = isRunning || (closesWhenDone && unfinished.length === 0) ? undefined : report
  return (
    <Dialog opened onClose={close} title={shown ? 'What was done' : `${job?.title ?? 'Revoke sessions'}?`}>
      {shown && <RevokeReport report={shown} />}
      <div className={css('actions')}>
        <p className={css('progress')} role="status">
          {!shown && job && `${formatCount(job.done)} of ${formatCount(job.total)} done…`}
        </p>
        <Button variant="default" onClick={close} data-autofocus>
          {shown ? 'Done' : 'Stop'}
        </Button>
        {shown && unfinished.length > 0 && (
          <Button color="danger" onClick={() => void main().jobs.goOn({ job: id })}>
            {unfinished.some(({ outcome }) => outcome.what === 'waiting') ? 'Go on' : 'Retry what failed'}
          </Button>
        )}
      </div>
    </Dialog>
  )
}
