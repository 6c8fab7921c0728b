import { stopKeeping } from './drafts.ts'
import { resetNavigation } from './navigation.ts'
import { resetPolicyEditors } from './policy-editor.ts'
import { queryClient } from './query-client.ts'
import { resetRestored } from './restored.ts'

/**
 * Drops everything the page knows of any instance. Main reloads the page when it locks; this makes sure that
 * nothing is left to see in the moment before.
 */
export function forgetEverything(): void {
  stopKeeping()
  queryClient.clear()
  resetNavigation()
  resetPolicyEditors()
  resetRestored()
}
