import { useInstances } from '../state/instances.ts'
import { LockWarning } from './lock-warning.tsx'
import { Shell } from './shell.tsx'
import { Welcome } from './welcome.tsx'

/** What stands behind the lock: the shell, or the welcome while there is nothing to administer. */
export function Unlocked() {
  const { instances, isPending } = useInstances()
  if (isPending) return null
  return (
    <>
      {instances.length === 0 ? <Welcome /> : <Shell instances={instances} />}
      <LockWarning />
    </>
  )
}
