import type * as electron from 'electron'
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
