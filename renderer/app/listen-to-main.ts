import { setTheme } from '../state/appearance.ts'
import { answerOf } from '../state/curfew.ts'
import { forgetEverything } from '../state/forget.ts'
import { acceptInstances } from '../state/instances.ts'
import { acceptJobs } from '../state/jobs.ts'
import { acceptLockState, readLockState, useLock } from '../state/lock-store.ts'

async function readAppearance(): Promise<void> {
  setTheme((await answerOf(window.curfew.app.info())).theme)
}

/**
 * Follows what main says unasked, and asks for the states to begin with.
 *
 * @returns the function that ends it
 */
export function listenToMain(): () => void {
  const endLock = window.curfew.on['lock.state']((state) => {
    if (state.status === 'locked') forgetEverything()
    acceptLockState(state)
  })
  const endInstances = window.curfew.on['instances.list']((list) => {
    if (useLock.getState().state?.status === 'unlocked') acceptInstances(list)
  })
  const endJobs = window.curfew.on['jobs.list']((list) => {
    if (useLock.getState().state?.status === 'unlocked') acceptJobs(list)
  })
  void readLockState()
  void readAppearance()
  return () => {
    endLock()
    endInstances()
    endJobs()
  }
}
