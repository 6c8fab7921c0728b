import { setTheme } from './appearance.ts'
import { answerOf, main } from './calls.ts'
import { acceptClipboard } from './clipboard.ts'
import { forgetEverything } from './forget.ts'
import { acceptInstances } from './instances.ts'
import { acceptJobs } from './jobs.ts'
import { acceptLockState, readLockState, useLock } from './lock-store.ts'
import { acceptNews } from './news.ts'
import { acceptStale } from './stale.ts'
import { acceptUpdates } from './updates.ts'

async function readAppearance(): Promise<void> {
  setTheme((await answerOf(main().app.info())).theme)
}

/**
 * Follows what main says unasked, and asks for the states to begin with.
 *
 * @returns the function that ends it
 */
export function listenToMain(): () => void {
  const endLock = main().on['lock.state']((state) => {
    if (state.status === 'locked') forgetEverything()
    acceptLockState(state)
  })
  const endInstances = main().on['instances.list']((list) => {
    if (useLock.getState().state?.status === 'unlocked') acceptInstances(list)
  })
  const endJobs = main().on['jobs.list']((list) => {
    if (useLock.getState().state?.status === 'unlocked') acceptJobs(list)
  })
  const endClipboard = main().on['clipboard.state'](acceptClipboard)
  const endNews = main().on['news.state']((state) => {
    if (useLock.getState().state?.status === 'unlocked') acceptNews(state)
  })
  const endStale = main().on['news.stale']((stale) => {
    if (useLock.getState().state?.status === 'unlocked') acceptStale(stale)
  })
  const endUpdates = main().on['updates.state']((state) => {
    if (useLock.getState().state?.status === 'unlocked') acceptUpdates(state)
  })
  void readLockState()
  void readAppearance()
  return () => {
    endLock()
    endInstances()
    endJobs()
    endClipboard()
    endNews()
    endStale()
    endUpdates()
  }
}
