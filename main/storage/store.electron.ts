import { ipcMain } from 'electron'
import ElectronStore from 'electron-store'
import { type OpenStore, storeOptions } from './store.ts'

/** Small files in the app, by electron-store. */
export const openElectronStore: OpenStore = (folder, name) => {
  const store = new ElectronStore({ ...storeOptions, cwd: folder, name })
  // It would tell any page where the data is, past the door; Curfew's window never asks.
  ipcMain.removeAllListeners('electron-store-get-data')
  return store
}
