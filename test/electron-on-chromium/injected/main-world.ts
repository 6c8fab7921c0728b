import type { Bridge, Parcel } from './bridge.ts'

/**
 * The page's own world, before its first script: waits for the preload's world to hand over the element of the bridge,
 * and then does what only this world can do, which is to put the exposed API on `window` and to ask for permissions.
 *
 * @param token the name of the one event by which the worlds find each other, known to nobody else
 */
export function prepareMainWorld(
  token: string,
  createBridge: (element: Element, inbound: string, outbound: string) => Bridge,
): void {
  const relatedTarget = Object.getOwnPropertyDescriptor(MouseEvent.prototype, 'relatedTarget')
    ?.get as () => unknown
  const { apply } = Reflect
  const { defineProperty, hasOwn } = Object

  document.addEventListener(
    token,
    (event) => {
      event.stopImmediatePropagation()
      const element = apply(relatedTarget, event, []) as Element
      const bridge = createBridge(element, 'main', 'isolated')
      bridge.services.set('expose', (name, api) => {
        const key = bridge.unwrap(name) as string
        if (hasOwn(window, key)) {
          throw new Error('Cannot bind an API on top of an existing property on the window object')
        }
        defineProperty(window, key, {
          value: bridge.unwrap(api, true),
          enumerable: true,
          configurable: false,
          writable: false,
        })
        return ['value', undefined]
      })
      bridge.services.set('askFirst', (ask) => {
        askFirst(bridge.unwrap(ask) as Ask)
        return ['value', undefined] satisfies Parcel
      })
    },
    { capture: true, once: true },
  )

  type Ask = (permission: string, details?: object) => Promise<boolean>
  type Method = (...values: unknown[]) => unknown

  /** Has Curfew's handler asked before Chromium is, whose own answer the handler's decides. */
  function askFirst(ask: Ask): void {
    function guard(
      owner: object | undefined,
      name: string,
      permission: string,
      detailsOf?: (first: unknown) => object,
    ): void {
      const original = owner && (Reflect.get(owner, name) as Method | undefined)
      if (!owner || !original) return
      const guarded = {
        [name](this: unknown, ...values: unknown[]): unknown {
          return ask(permission, detailsOf?.(values[0])).then(() => apply(original, this, values))
        },
      }[name]
      defineProperty(owner, name, { value: guarded, enumerable: true, configurable: true, writable: true })
    }
    const { geolocation } = navigator
    const getCurrentPosition = geolocation?.getCurrentPosition
    if (geolocation) {
      Object.defineProperty(Object.getPrototypeOf(geolocation), 'getCurrentPosition', {
        value: function getCurrentPosition_(this: unknown, ...values: unknown[]): void {
          void ask('geolocation').then(() => apply(getCurrentPosition, this, values as never))
        },
        enumerable: true,
        configurable: true,
        writable: true,
      })
    }
    const media = (constraints: unknown) => {
      const { audio, video } = (constraints ?? {}) as { audio?: unknown; video?: unknown }
      return { mediaTypes: [...(audio ? ['audio'] : []), ...(video ? ['video'] : [])] }
    }
    guard(globalThis.Notification, 'requestPermission', 'notifications')
    guard(globalThis.Clipboard?.prototype, 'readText', 'clipboard-read')
    guard(globalThis.Clipboard?.prototype, 'read', 'clipboard-read')
    guard(globalThis.MediaDevices?.prototype, 'getUserMedia', 'media', media)
    guard(globalThis.MediaDevices?.prototype, 'getDisplayMedia', 'display-capture')
    guard(globalThis.Navigator?.prototype, 'requestMIDIAccess', 'midi')
    guard(
      Reflect.get(globalThis, 'IdleDetector') as object | undefined,
      'requestPermission',
      'idle-detection',
    )
    guard(globalThis as object, 'getScreenDetails', 'window-management')
  }
}
