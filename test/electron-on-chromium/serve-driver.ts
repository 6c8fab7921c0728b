import { constants, runInThisContext } from 'node:vm'
import { type StandInBrowserWindow, windowEvents } from './browser-window.ts'
import { controls } from './controls.ts'
import { browser } from './host.ts'

/** What the driver asks of the host. */
export interface ToHost {
  readonly id: number
  readonly source: string
  readonly argument: unknown
}

/** What the host tells the driver. */
export type FromHost =
  | { readonly kind: 'endpoint'; readonly endpoint: string }
  | { readonly kind: 'window'; readonly targetId: string }
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly message: string; readonly stack: string }

/** Lets the process that started this one look into it, as Playwright's inspector connection does on Electron. */
export function serveDriver(electron: object): void {
  const send = process.send?.bind(process)
  const tell = (message: FromHost) => {
    if (process.connected) send?.(message)
  }
  process.on('message', (request: ToHost) => {
    void evaluate(request, electron).then(tell)
  })
  process.channel?.unref()
  // The app's own code sees no driver.
  delete process.send
  process.once('disconnect', () => process.exit(1))

  browser().endpoint.then(
    (endpoint) => tell({ kind: 'endpoint', endpoint }),
    () => undefined,
  )
  windowEvents.on('created', (window: StandInBrowserWindow) => {
    const page = new Promise<string>((resolve) => {
      const onPage = (other: StandInBrowserWindow, targetId: string) => {
        if (other !== window) return
        windowEvents.off('page', onPage)
        resolve(targetId)
      }
      windowEvents.on('page', onPage)
    })
    const report = () => void page.then((targetId) => tell({ kind: 'window', targetId }))
    const loaded = () => {
      window.webContents.off('did-finish-load', loaded)
      window.webContents.off('did-fail-load', loaded)
      report()
    }
    window.webContents.on('did-finish-load', loaded)
    window.webContents.on('did-fail-load', loaded)
  })
}

async function evaluate({ id, source, argument }: ToHost, electron: object): Promise<FromHost> {
  try {
    const callee: unknown = runInThisContext(`(${source})`, {
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    })
    const value: unknown =
      typeof callee === 'function' ? await callee({ ...electron, standIn: controls }, argument) : callee
    return { kind: 'result', id, value: copyable(value) }
  } catch (error) {
    const { message, stack = '' } = error instanceof Error ? error : new Error(String(error))
    return { kind: 'failure', id, message, stack }
  }
}

function copyable(value: unknown): unknown {
  try {
    return structuredClone(value)
  } catch {
    // As Playwright does with what it cannot carry.
    return undefined
  }
}
