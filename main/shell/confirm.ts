import { type BrowserWindow, dialog } from 'electron'
import type { Confirm } from '../confirm.ts'

/**
 * Asks in a dialog of the system's own: a page can neither press its buttons nor see it. *Cancel* is the default, and
 * what closing it means.
 *
 * @param windowNow the window that the dialog belongs to, while there is one
 */
export function confirmNatively(windowNow: () => BrowserWindow | undefined): Confirm {
  return async ({ message, detail, yes }, signal) => {
    if (signal.aborted) return false
    const options = {
      type: 'question',
      title: 'Curfew',
      message,
      detail,
      buttons: ['Cancel', yes],
      defaultId: 0,
      cancelId: 0,
      noLink: true,
      signal,
    } as const
    const parent = windowNow()
    const { response } = parent
      ? await dialog.showMessageBox(parent, { ...options, buttons: [...options.buttons] })
      : await dialog.showMessageBox({ ...options, buttons: [...options.buttons] })
    return response === 1 && !signal.aborted
  }
}
