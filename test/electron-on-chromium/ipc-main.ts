import { EventEmitter } from 'node:events'

type Handler = (event: never, ...values: never[]) => unknown

/** Electron's `ipcMain`, for calls that are answered; a page's `send` is not there. */
class StandInIpcMain extends EventEmitter {
  readonly #handlers = new Map<string, Handler>()

  handle(channel: string, handler: Handler): void {
    if (this.#handlers.has(channel))
      throw new Error(`Attempted to register a second handler for '${channel}'`)
    this.#handlers.set(channel, handler)
  }

  /** Answers an `ipcRenderer.invoke`. */
  async answer(event: object, channel: string, values: readonly unknown[]): Promise<unknown> {
    const handler = this.#handlers.get(channel)
    if (!handler) throw new Error(`No handler registered for '${channel}'`)
    return handler(event as never, ...(values as never[]))
  }
}

export const ipcMain = new StandInIpcMain()
