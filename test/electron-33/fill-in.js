// What Electron 45 has and this runtime lacks, so that the app's own bundles run unchanged on it.
import { fileURLToPath } from 'node:url'

/**
 * @param {typeof import('electron').utilityProcess} utilityProcess
 * @param {string} node a Node that has `node:sqlite`, which Node 20.18 has not: utility processes run on it
 * @param {(entry: string) => string} placeOf where that Node finds what Electron is asked to run
 */
export function fillIn(utilityProcess, node, placeOf = (entry) => entry) {
  // Node 20.18 has no URL.parse (Node 22.1 has).
  URL.parse ??= (url, base) => {
    try {
      return new URL(url, base)
    } catch {
      return null
    }
  }
  const bridge = fileURLToPath(new URL('utility-bridge.js', import.meta.url))
  const fork = utilityProcess.fork.bind(utilityProcess)
  utilityProcess.fork = (entry, args = [], options = {}) =>
    fork(bridge, [node, placeOf(entry), ...args], options)
}
