import * as electron from 'electron'
import * as standIn from './electron.ts'

/** Everything in Electron's declarations, as cut down to `surface.ts`, that a main process imports. */
type MainProcess = Omit<
  typeof electron,
  'contextBridge' | 'ipcRenderer' | 'nativeImage' | 'session' | 'utilityProcess'
> & {
  // Declared as classes, of which nobody makes an object by `new`.
  readonly nativeImage: Omit<typeof electron.nativeImage, 'prototype'>
  readonly session: Pick<typeof electron.session, 'defaultSession' | 'fromPartition'>
  readonly utilityProcess: Pick<typeof electron.utilityProcess, 'fork'>
}

/** Does not compile where the stand-in lacks something on the list, or has it in another form. */
export const standInIsComplete: MainProcess = standIn

/** What the list leaves out does not compile either. Compiled, never run. */
export function absentOnPurpose(window: electron.BrowserWindow): void {
  // @ts-expect-error Sealing is Curfew's own.
  void electron.safeStorage
  // @ts-expect-error Curfew does not update itself.
  void electron.autoUpdater
  // @ts-expect-error Nothing is uploaded.
  void electron.crashReporter
  // @ts-expect-error The stand-in cannot print.
  void window.webContents.printToPDF
  // @ts-expect-error Nor does it emit what it cannot see.
  window.on('session-end', () => undefined)
}
