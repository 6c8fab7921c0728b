// What `electron <app>` does, which a runtime taken from an app lacks, and what Electron 45 has and this one lacks.
// The app's own bundles run unchanged on top of it.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { app, utilityProcess } from 'electron'

const [, target] = process.argv.slice(1).filter((argument) => !argument.startsWith('-'))
if (target === undefined) {
  console.error('Usage: electron <loader> <app folder or main module> [arguments…]')
  process.exit(2)
}
const path = resolve(target)
const isFolder = statSync(path).isDirectory()
const folder = isFolder ? path : manifestFolder(dirname(path))
const { name, productName, version, main } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))

process.defaultApp = true
app.setName(productName ?? name)
app.setVersion(version ?? '0.0.0')
app.setDesktopName(`${app.name.toLowerCase()}.desktop`)
app.setAppPath(folder)
const dataFolder = app.commandLine.getSwitchValue('user-data-dir')
app.setPath('userData', dataFolder || join(app.getPath('appData'), app.name))

// Node 20.18 has no URL.parse (Node 22.1 has).
URL.parse ??= (url, base) => {
  try {
    return new URL(url, base)
  } catch {
    return null
  }
}

// Nor has it `node:sqlite`: what the app starts as a utility process runs on the repository's own Node instead.
const node = join(dirname(createRequire(import.meta.url).resolve('node/package.json')), 'bin', 'node')
const bridge = fileURLToPath(new URL('utility-bridge.js', import.meta.url))
const fork = utilityProcess.fork.bind(utilityProcess)
utilityProcess.fork = (entry, args = [], options = {}) => fork(bridge, [node, entry, ...args], options)

await import(pathToFileURL(isFolder ? join(folder, main) : path).href)

/** The nearest folder above that has a package.json. */
function manifestFolder(start) {
  for (let at = start; at !== dirname(at); at = dirname(at))
    if (existsSync(join(at, 'package.json'))) return at
  return start
}
