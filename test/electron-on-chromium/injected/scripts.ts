import { createValueCodec } from '../value-codec.ts'
import { createBridge } from './bridge.ts'
import { type IsolatedWorldOptions, prepareIsolatedWorld } from './isolated-world.ts'
import { prepareMainWorld } from './main-world.ts'

/** The script for the page's own world. */
export function mainWorldScript(token: string): string {
  return `(${prepareMainWorld})(${JSON.stringify(token)}, ${createBridge})`
}

/** The script for the preload's world. */
export function isolatedWorldScript(options: IsolatedWorldOptions, preload: string): string {
  const withPreload = `function (require, module, exports, process, global) {\n${preload}\n}`
  return `(${prepareIsolatedWorld})(${JSON.stringify(options)}, ${createBridge}, ${createValueCodec}, ${withPreload})`
}
