import { useEffect } from 'react'
import { restoreDrafts, useRestored } from '../state/drafts.ts'
import { useInstances } from '../state/instances.ts'
import { LockWarning } from './lock-warning.tsx'
import { Shell } from './shell.tsx'
import { Welcome } from './welcome.tsx'

/** What stands behind the lock: the shell, or the welcome while there is nothing to administer. */
export function Unlocked() {
  const { instances, isPending, isSuccess } = useInstances()
  const ready = useRestored((restored) => restored.ready)
  useEffect(() => {
    if (isSuccess && !useRestored.getState().ready)
      void restoreDrafts(instances.map(({ instance }) => instance.id))
  }, [isSuccess, instances])
  if (isPending || !ready) return null
  return (
    <>
      {instances.length === 0 ? <Welcome /> : <Shell instances={instances} />}
      <LockWarning />
    </>
  )
}
