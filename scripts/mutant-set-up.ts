import { inject } from 'vitest'

/**
 * Before the modules are loaded anew in a thread that has tried another bug: which one is tried now is set by Stryker,
 * before this where it is in a constant, and only when the tests begin where it is not.
 */
const stryker = (
  globalThis as { __stryker__?: { activeMutant?: string | undefined; mutantCoverage?: unknown } }
).__stryker__
if (stryker) {
  if (inject('mutantActivation' as never) !== 'static') stryker.activeMutant = undefined
  if (inject('mode' as never) === 'dry-run') stryker.mutantCoverage = undefined
}
