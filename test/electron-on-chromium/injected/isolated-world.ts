import type { ValueCodec } from '../value-codec.ts'
import type { Bridge } from './bridge.ts'
import type { FromPage, ToPage } from './messages.ts'

export interface IsolatedWorldOptions {
  readonly token: string
  /** The name under which Chromium gives this world, and no other, its way out. */
  readonly binding: string
  /** The preload's `process`. */
  readonly process: Readonly<Record<string, unknown>>
}

type Listener = (event: object, ...values: unknown[]) => void
type Preload = (
  require: (name: string) => unknown,
  module: { readonly exports: object },
  exports: object,
  process: object,
  global: object,
) => void

/** Runs in the preload's world before the page does: Electron's renderer side, then the preload. Frames get neither. */
export function prepareIsolatedWorld(
  options: IsolatedWorldOptions,
  createBridge: (element: Element, inbound: string, outbound: string) => Bridge,
  createValueCodec: () => ValueCodec,
  preload: Preload,
): void {
  const scope = globalThis as unknown as Record<string, unknown>
  const post = scope[options.binding] as ((message: string) => void) | undefined
  delete scope[options.binding]
  if (!post || window.top !== window || location.protocol !== 'https:') return
  const send = (message: FromPage) => post(JSON.stringify(message))
  const codec = createValueCodec()
  const element = document.createElement('div')
  const bridge = createBridge(element, 'isolated', 'main')
  document.dispatchEvent(new MouseEvent(options.token, { relatedTarget: element }))

  const calls = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  const listeners = new EventTarget()
  const wrapped = new Map<Listener, (event: Event) => void>()
  let lastId = 0

  Object.defineProperty(globalThis, '__receive', {
    value(message: ToPage): void {
      if (message.kind === 'event') {
        const detail = codec.decode(message.values)
        listeners.dispatchEvent(new CustomEvent(message.channel, { detail }))
        return
      }
      const call = calls.get(message.id)
      calls.delete(message.id)
      if (message.kind === 'answer') call?.resolve(codec.decode(message.value))
      else call?.reject(new Error(message.message))
    },
  })

  const ipcRenderer = {
    invoke(channel: string, ...values: unknown[]): Promise<unknown> {
      lastId += 1
      const id = lastId
      return new Promise((resolve, reject) => {
        send({ kind: 'invoke', id, channel, values: codec.encode(values) })
        calls.set(id, { resolve, reject })
      })
    },
    on(channel: string, listener: Listener): void {
      const heard = (event: Event) => listener({}, ...(event as CustomEvent<unknown[]>).detail)
      wrapped.set(listener, heard)
      listeners.addEventListener(channel, heard)
    },
    off(channel: string, listener: Listener): void {
      listeners.removeEventListener(channel, wrapped.get(listener) ?? null)
      wrapped.delete(listener)
    },
  }
  const contextBridge = { exposeInMainWorld: bridge.expose }

  window.addEventListener('focus', () => send({ kind: 'focus', isFocused: true }))
  window.addEventListener('blur', () => send({ kind: 'focus', isFocused: false }))
  window.addEventListener('keydown', tellUnused, { capture: true })
  const module = { exports: {} }
  try {
    preload(
      (name) => {
        if (name === 'electron') return { contextBridge, ipcRenderer }
        throw new Error(`module not found: ${name}`)
      },
      module,
      module.exports,
      options.process,
      globalThis,
    )
  } catch (error) {
    send({ kind: 'preload-error', stack: error instanceof Error ? String(error.stack) : String(error) })
  }

  /** Tells of a key that the page left alone, which Electron offers to the menu. */
  function tellUnused(event: KeyboardEvent): void {
    const { key, ctrlKey, shiftKey, altKey, metaKey } = event
    if (!event.isTrusted || !(ctrlKey || altKey || metaKey || /^F\d+$/.test(key))) return
    const tell = () => {
      if (!event.defaultPrevented) send({ kind: 'key', key, ctrlKey, shiftKey, altKey, metaKey })
    }
    // A task later, when whoever hears of the key has heard of it.
    setTimeout(tell)
  }
}
