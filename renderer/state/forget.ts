import { stopKeeping } from './drafts.ts'
import { resetPageStores } from './page-store.ts'
import { queryClient } from './query-client.ts'

/**
 * Drops everything the page knows of any instance. Main reloads the page when it locks; this makes sure that
 * nothing is left to see in the moment before.
 */
export function forgetEverything(): void {
  stopKeeping()
  queryClient.clear()
  resetPageStores()
}
