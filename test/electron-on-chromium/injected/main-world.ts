import type { Bridge } from './bridge.ts'

/**
 * The page's own world, before its first script: waits for the preload's world to hand over the element of the bridge,
 * and then does what only this world can do, which is to put the exposed API on `window`.
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
      const bridge = createBridge(apply(relatedTarget, event, []) as Element, 'main', 'isolated')
      bridge.onExpose((key, api) => {
        if (hasOwn(window, key))
          throw new Error('Cannot bind an API on top of an existing property on the window object')
        defineProperty(window, key, { value: api, enumerable: true, configurable: false, writable: false })
      })
    },
    { capture: true, once: true },
  )
}
