// What `electron <app>` does, which a runtime taken from an app lacks.
// The app's own bundles run unchanged on top of it.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { app, utilityProcess } from 'electron'
import { fillIn } from './fill-in.js'

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

const node = join(dirname(createRequire(import.meta.url).resolve('node/package.json')), 'bin', 'node')
fillIn(utilityProcess, node)

await import(pathToFileURL(isFolder ? join(folder, main) : path).href)

/** The nearest folder above that has a package.json. */
function manifestFolder(start) {
  for (let at = start; at !== dirname(at); at = dirname(at))
    if (existsSync(join(at, 'package.json'))) return at
  return start
}
