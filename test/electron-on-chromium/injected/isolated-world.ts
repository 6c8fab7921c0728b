import type { ValueCodec } from '../value-codec.ts'
import type { Bridge, Parcel } from './bridge.ts'
import type { FromPage, ToPage } from './messages.ts'

export interface IsolatedWorldOptions {
  readonly token: string
  /** The name under which Chromium gives this world, and no other, its way out. */
  readonly binding: string
  readonly hasPreload: boolean
  readonly preloadInSubframes: boolean
  readonly process: Readonly<Record<string, unknown>>
}

type Listener = (event: object, ...values: unknown[]) => void
type Preload = (
  require: (name: string) => unknown,
  module: { exports: object },
  exports: object,
  process: object,
  global: object,
) => void

/** Runs in the preload's world of every frame before the page does: Electron's renderer side, then the preload. */
export function prepareIsolatedWorld(
  options: IsolatedWorldOptions,
  createBridge: (element: Element, inbound: string, outbound: string) => Bridge,
  createValueCodec: () => ValueCodec,
  preload: Preload,
): void {
  const scope = globalThis as unknown as Record<string, unknown>
  const post = scope[options.binding] as ((message: string) => void) | undefined
  delete scope[options.binding]
  if (!post || !/^(https?|app):/.test(location.protocol)) return
  const send = (message: FromPage) => post(JSON.stringify(message))
  const codec = createValueCodec()
  const element = document.createElement('div')
  const bridge = createBridge(element, 'isolated', 'main')
  document.dispatchEvent(new MouseEvent(options.token, { relatedTarget: element }))

  const calls = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  const questions = new Map<number, (isGranted: boolean) => void>()
  const listeners = new Map<string, Listener[]>()
  let lastId = 0

  function receive(message: ToPage): void {
    if (message.kind === 'answer') {
      const call = calls.get(message.id)
      calls.delete(message.id)
      if (message.error === undefined) call?.resolve(codec.decode(message.value ?? 'null'))
      else call?.reject(new Error(message.error))
    } else if (message.kind === 'permission') {
      questions.get(message.id)?.(message.isGranted)
      questions.delete(message.id)
    } else {
      const values = codec.decode(message.values) as unknown[]
      for (const listener of [...(listeners.get(message.channel) ?? [])]) {
        // As an event emitter does, one listener's failure keeps no other from hearing.
        try {
          listener({ sender: ipcRenderer, ports: [] }, ...values)
        } catch (error) {
          reportError(error)
        }
      }
    }
  }
  Object.defineProperty(globalThis, '__receive', { value: receive })

  function add(channel: string, listener: Listener, isFirst = false): object {
    const list = listeners.get(channel) ?? []
    listeners.set(channel, isFirst ? [listener, ...list] : [...list, listener])
    return ipcRenderer
  }

  const once = new WeakMap<Listener, Listener>()
  function remove(channel: string, listener: Listener): object {
    const list = listeners.get(channel) ?? []
    const at = list.findLastIndex((other) => other === listener || once.get(other) === listener)
    if (at >= 0) listeners.set(channel, list.toSpliced(at, 1))
    return ipcRenderer
  }

  const ipcRenderer = {
    invoke(channel: string, ...values: unknown[]): Promise<unknown> {
      lastId += 1
      const id = lastId
      return new Promise((resolve, reject) => {
        send({ kind: 'invoke', id, channel, values: codec.encode(values) })
        calls.set(id, { resolve, reject })
      })
    },
    send(channel: string, ...values: unknown[]): void {
      send({ kind: 'send', channel, values: codec.encode(values) })
    },
    on: (channel: string, listener: Listener) => add(channel, listener),
    addListener: (channel: string, listener: Listener) => add(channel, listener),
    off: remove,
    removeListener: remove,
    once(channel: string, listener: Listener): object {
      const forward: Listener = (event, ...values) => {
        remove(channel, forward)
        listener(event, ...values)
      }
      once.set(forward, listener)
      return add(channel, forward)
    },
    removeAllListeners(channel?: string): object {
      if (channel === undefined) listeners.clear()
      else listeners.delete(channel)
      return ipcRenderer
    },
    listenerCount: (channel: string) => listeners.get(channel)?.length ?? 0,
  }

  const contextBridge = {
    exposeInMainWorld(key: string, api: unknown): void {
      bridge.send('expose', bridge.wrap(key), bridge.wrap(api))
    },
  }

  function require(name: string): unknown {
    if (name === 'electron' || name === 'electron/renderer') return { contextBridge, ipcRenderer }
    throw new Error(`module not found: ${name}`)
  }

  watchKeys(send)
  const ask = (permission: string, details?: object): Promise<boolean> => {
    lastId += 1
    const id = lastId
    send({ kind: 'permission', id, permission, details: codec.encode(details ?? {}) })
    return new Promise((resolve) => questions.set(id, resolve))
  }
  bridge.send('askFirst', bridge.wrap(ask) as Parcel)
  const isMainFrame = window.top === window
  if (isMainFrame) {
    window.addEventListener('focus', () => send({ kind: 'focus', isFocused: true }))
    window.addEventListener('blur', () => send({ kind: 'focus', isFocused: false }))
    document.addEventListener('DOMContentLoaded', watchTitle)
  }
  if (!options.hasPreload || !(isMainFrame || options.preloadInSubframes)) return

  const process = { ...options.process, isMainFrame }
  const module = { exports: {} }
  try {
    preload(require, module, module.exports, process, globalThis)
  } catch (error) {
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error))
    send({ kind: 'preload-error', name, message, stack: stack ?? '' })
  }

  function watchTitle(): void {
    const tell = () => send({ kind: 'title', title: document.title })
    new MutationObserver(tell).observe(document.head, { childList: true, characterData: true, subtree: true })
    tell()
  }

  /** Tells of keys that the page left alone, which Electron offers to the menu and Chromium to its own shortcuts. */
  function watchKeys(send: (message: FromPage) => void): void {
    const chromiumsOwn = /^(F(1|3|5|6|7|10|11)|Ctrl\+.|Ctrl\+(Tab|PageUp|PageDown))$/
    const editing = /^Ctrl\+[acvxyzACVXYZ]$/
    window.addEventListener(
      'keydown',
      (event) => {
        if (!event.isTrusted) return
        const { key, code, ctrlKey, shiftKey, altKey, metaKey, repeat } = event
        const isCommand = ctrlKey || altKey || metaKey || /^F\d+$/.test(key) || key.length > 1
        if (!isCommand) return
        const name = `${ctrlKey ? 'Ctrl+' : ''}${key}`
        let isReported = false
        const report = () => {
          if (isReported || event.defaultPrevented) return
          isReported = true
          if (chromiumsOwn.test(name) && !editing.test(name)) event.preventDefault()
          send({ kind: 'key', key, code, ctrlKey, shiftKey, altKey, metaKey, repeat })
        }
        // Registered while the event is on its way: the last of all to hear it on the window.
        window.addEventListener('keydown', (same) => same === event && report(), { once: true })
        // A page that stops the event's way does not thereby use it.
        setTimeout(report)
      },
      { capture: true },
    )
  }
}
