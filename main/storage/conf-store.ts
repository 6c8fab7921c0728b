import Conf from 'conf'
import { type OpenStore, storeOptions } from './store.ts'

/** Small files in plain Node, by the library that is under electron-store. */
export const openConfStore: OpenStore = (folder, name) =>
  new Conf({ ...storeOptions, cwd: folder, configName: name })
