import { pageStore } from './page-store.ts'

/** Whether the clipboard may still hold what Curfew copied, as main last said. */
export const useClipboard = pageStore({ ours: false })

/** Takes over what main has sent. */
export function acceptClipboard(state: { readonly ours: boolean }): void {
  useClipboard.setState(state)
}
