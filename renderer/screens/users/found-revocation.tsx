import { useState } from 'react'
import { create } from 'zustand'
import type { InstanceId } from '../../../domain/instance.ts'
import type { JobId } from '../../../domain/job.ts'
import { useJobs } from '../../state/jobs.ts'
import { RevokeJob } from './revoke-job.tsx'

/** How many dialogs are open that ask for a revocation, and show the one they have begun. */
const useAsking = create<{ readonly dialogs: number }>(() => ({ dialogs: 0 }))

/** A dialog that asks has opened; answers the function for when it closes. */
export function beginAsking(): () => void {
  useAsking.setState(({ dialogs }) => ({ dialogs: dialogs + 1 }))
  return () => useAsking.setState(({ dialogs }) => ({ dialogs: dialogs - 1 }))
}

/** Shows a revocation that no dialog shows: it was begun before a lock, a restart or a reload of the page. */
export function FoundRevocation(props: { readonly instance: InstanceId; readonly onClose: () => void }) {
  const asking = useAsking(({ dialogs }) => dialogs > 0)
  const found = useJobs().find(({ order }) => order.instance === props.instance)
  const [shown, setShown] = useState<JobId>()
  if (!asking && shown === undefined && found) setShown(found.id)
  if (shown === undefined) return null
  return (
    <RevokeJob
      key={shown}
      id={shown}
      onClose={() => {
        setShown(undefined)
        props.onClose()
      }}
    />
  )
}
