import { existsSync, readFileSync, statSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Browser } from './browser.ts'
import { exitAtOnce } from './exit-at-once.ts'
import { setBrowser } from './host.ts'

const electronUrl = new URL('electron.ts', import.meta.url).href
const moduleUrl = 'electron-on-chromium:electron'
const electronVersion = '45.4.1+chromium'

/**
 * Runs an app on the stand-in: Chromium first, since it takes longest, then the app's main module.
 *
 * @param args the app's folder or main module, then the app's own arguments
 */
export async function startHost([target, ...args]: readonly string[]): Promise<void> {
  if (!target) throw new Error('Usage: run.ts <app folder or main module> [arguments…]')
  const { CURFEW_HEADLESS, CURFEW_STAND_IN_DRIVER, DISPLAY, WAYLAND_DISPLAY } = process.env
  const hasDisplay = process.platform !== 'linux' || Boolean(DISPLAY || WAYLAND_DISPLAY)
  const isDriven = CURFEW_STAND_IN_DRIVER === '1' && process.send !== undefined
  const browser = new Browser({
    headless: CURFEW_HEADLESS === '1' || !hasDisplay,
    debuggingPort: isDriven,
  })
  setBrowser(browser)
  exitAtOnce()
  const app = describeApp(resolve(target))

  process.argv = [process.execPath, app.main, ...args]
  Object.assign(process, { type: 'browser', defaultApp: true, resourcesPath: app.path })
  Object.defineProperty(process.versions, 'electron', { value: electronVersion, enumerable: true })
  registerElectron()
  const electron = await import('./electron.ts')
  const { refusePopup } = await import('./web-contents.ts')
  browser.on('popup', refusePopup)
  electron.app.describe({ ...app, args })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => electron.app.quit())
  process.on('uncaughtException', (error) => {
    console.error('A JavaScript error occurred in the main process', error)
    if (process.listenerCount('uncaughtException') === 1) electron.app.exit(1)
  })
  // Electron runs until it is told to quit, whatever is left to do.
  setInterval(() => undefined, 2 ** 30)
  if (isDriven) {
    const { serveDriver } = await import('./serve-driver.ts')
    serveDriver(electron)
  }
  await import(pathToFileURL(app.main).href)
  electron.app.start()
}

/** Has every `import` and `require` of `electron` answered by the stand-in, from the app's packages too. */
function registerElectron(): void {
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier !== 'electron') return next(specifier, context)
      return { url: moduleUrl, format: 'module', shortCircuit: true }
    },
    load(url, context, next) {
      if (url !== moduleUrl) return next(url, context)
      const source = `export * from ${JSON.stringify(electronUrl)}\nimport * as electron from ${JSON.stringify(electronUrl)}\nexport default electron`
      return { format: 'module', source, shortCircuit: true }
    },
  })
}

function describeApp(target: string) {
  const isFolder = statSync(target).isDirectory()
  const path = isFolder ? target : dirname(target)
  const file = join(path, 'package.json')
  const {
    productName = 'Electron',
    version = '0.0.0',
    main = 'index.js',
  } = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
  return {
    main: isFolder ? join(target, main) : target,
    path,
    name: String(productName),
    version: String(version),
  }
}
