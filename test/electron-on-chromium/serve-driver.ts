import { constants, runInThisContext } from 'node:vm'
import { type StandInBrowserWindow, windowEvents } from './browser-window.ts'
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
  | { readonly kind: 'failure'; readonly id: number; readonly stack: string }

/** Lets the process that started this one look into it, as Playwright's inspector connection does on Electron. */
export function serveDriver(electron: object): void {
  const send = process.send?.bind(process)
  const tell = (message: FromHost) => {
    if (process.connected) send?.(message)
  }
  process.on('message', (request: ToHost) => void evaluate(request, electron).then(tell))
  process.channel?.unref()
  // The app's own code sees no driver.
  delete process.send
  process.once('disconnect', () => process.exit(1))

  browser().endpoint.then(
    (endpoint) => tell({ kind: 'endpoint', endpoint }),
    () => undefined,
  )
  windowEvents.on('page', ({ webContents }: StandInBrowserWindow, targetId: string) => {
    const report = () => tell({ kind: 'window', targetId })
    if (webContents.isLoaded()) report()
    else webContents.once('did-finish-load', report)
  })
}

async function evaluate({ id, source, argument }: ToHost, electron: object): Promise<FromHost> {
  try {
    const callee = runInThisContext(`(${source})`, {
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    }) as (electron: object, argument: unknown) => unknown
    return { kind: 'result', id, value: copyable(await callee({ ...electron }, argument)) }
  } catch (error) {
    return { kind: 'failure', id, stack: error instanceof Error ? String(error.stack) : String(error) }
  }
}

/** The value, or nothing where it can't be carried, as Playwright has it. */
function copyable(value: unknown): unknown {
  try {
    return structuredClone(value)
  } catch {
    return undefined
  }
}
