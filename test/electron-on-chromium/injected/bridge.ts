/** A value on its way between the worlds. What is neither function, promise nor error is cloned by Chromium itself. */
type Parcel =
  | readonly ['value', unknown]
  | readonly ['object' | 'array', readonly (readonly [key: string, value: Parcel])[]]
  | readonly ['function', number]
  | readonly ['promise', number]
  | readonly ['error', string]

type Callable = (...values: unknown[]) => unknown
type Expose = (key: string, api: unknown) => void

export interface Bridge {
  /** Hands an object over to the other world. */
  readonly expose: Expose
  /** What to do with an object handed over, which comes frozen. */
  onExpose(listener: Expose): void
}

/**
 * One world's end of the bridge between a page and its preload: copies what can be copied, and hands over functions
 * and promises as proxies, so that neither world ever holds an object of the other.
 *
 * Both ends share one element that is in no document. An event's `detail` read in another world is a structured
 * clone, made by Chromium. Everything used is taken before the page's first script runs, so that the page cannot put
 * its own in between. The source is evaluated inside the page: nothing from outside may be used.
 */
export function createBridge(element: Element, inbound: string, outbound: string): Bridge {
  const { apply, ownKeys } = Reflect
  const { defineProperty, freeze } = Object
  const { toString: tagOf, propertyIsEnumerable: isEnumerable } = Object.prototype
  const { isArray } = Array
  const NativeEvent = CustomEvent
  const NativePromise = Promise
  const NativeError = Error
  const { then } = Promise.prototype
  const { bind } = Function.prototype
  const { get: getEntry, set: setEntry, delete: deleteEntry } = Map.prototype
  const { dispatchEvent, addEventListener } = EventTarget.prototype
  const detail = Object.getOwnPropertyDescriptor(CustomEvent.prototype, 'detail')?.get as () => unknown

  const functions = new Map<number, Callable>()
  const pending = new Map<number, readonly [resolve: Callable, reject: Callable]>()
  let lastId = 0
  let exposed: Expose | undefined
  let answer: readonly [isOk: boolean, parcel: Parcel] | undefined

  function define(target: object, key: PropertyKey, value: unknown): void {
    defineProperty(target, key, {
      // @ts-expect-error A prototype in a literal is standard, and keeps the page's Object.prototype out.
      __proto__: null,
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    })
  }

  function message(error: unknown): string {
    try {
      return error instanceof NativeError ? `${error.message}` : `${error}`
    } catch {
      return 'An unknown exception occurred.'
    }
  }

  function post(kind: string, id: number | string, rest: unknown): void {
    apply(dispatchEvent, element, [new NativeEvent(outbound, { detail: [kind, id, rest] })])
  }

  /** Posts what the other side answers at once. */
  function request(kind: 'expose' | 'call', id: number | string, parcels: readonly Parcel[]): unknown {
    answer = undefined
    post(kind, id, parcels)
    // Assigned while the event was dispatched, which the compiler cannot see.
    const given = answer as readonly [boolean, Parcel] | undefined
    if (!given) throw new NativeError('The other side of the bridge has gone.')
    const value = unwrap(given[1])
    if (!given[0]) throw value
    return value
  }

  function wrap(value: unknown): Parcel {
    if (typeof value === 'function') {
      lastId += 1
      apply(setEntry, functions, [lastId, value])
      return ['function', lastId]
    }
    if (typeof value !== 'object' || value === null) return ['value', value]
    const tag = apply(tagOf, value, [])
    if (tag === '[object Error]') return ['error', message(value)]
    if (tag === '[object Promise]') return wrapPromise(value as Promise<unknown>)
    const isList = isArray(value)
    if (!isList && tag !== '[object Object]') return ['value', value]
    const keys = ownKeys(value)
    const entries: [string, Parcel][] = []
    for (let at = 0; at < keys.length; at += 1) {
      const key = keys[at]
      if (typeof key === 'string' && apply(isEnumerable, value, [key]))
        define(entries, entries.length, [key, wrap((value as Record<string, unknown>)[key])])
    }
    return [isList ? 'array' : 'object', entries]
  }

  function wrapPromise(promise: Promise<unknown>): Parcel {
    lastId += 1
    const id = lastId
    const settle = (isOk: boolean) => (value: unknown) => post('settle', id, [isOk, wrap(value)])
    apply(then, promise, [settle(true), settle(false)])
    return ['promise', id]
  }

  function unwrap(parcel: Parcel): unknown {
    switch (parcel[0]) {
      case 'value':
        return parcel[1]
      case 'error':
        return new NativeError(parcel[1])
      case 'array':
      case 'object': {
        const object = parcel[0] === 'array' ? [] : {}
        for (let at = 0; at < parcel[1].length; at += 1) {
          const entry = parcel[1][at] as readonly [string, Parcel]
          define(object, entry[0], unwrap(entry[1]))
        }
        return object
      }
      case 'promise': {
        const id = parcel[1]
        return new NativePromise((resolve, reject) => {
          apply(setEntry, pending, [id, [resolve, reject]])
        })
      }
      case 'function': {
        const id = parcel[1]
        const proxy = (...values: unknown[]): unknown => {
          const parcels: Parcel[] = []
          for (let at = 0; at < values.length; at += 1) define(parcels, at, wrap(values[at]))
          return request('call', id, parcels)
        }
        // Bound, so that its text is not to be read.
        return apply(bind, proxy, [undefined])
      }
    }
  }

  function freezeAll(value: unknown): unknown {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return value
    const keys = ownKeys(value)
    for (let at = 0; at < keys.length; at += 1) {
      freezeAll((value as Record<PropertyKey, unknown>)[keys[at] as PropertyKey])
    }
    return freeze(value)
  }

  function serve(kind: string, id: number | string, parcels: readonly Parcel[]): Parcel {
    if (kind === 'expose') {
      exposed?.(id as string, freezeAll(unwrap(parcels[0] as Parcel)))
      return ['value', undefined]
    }
    const called = apply(getEntry, functions, [id]) as Callable
    const values: unknown[] = []
    for (let at = 0; at < parcels.length; at += 1) define(values, at, unwrap(parcels[at] as Parcel))
    return wrap(apply(called, undefined, values))
  }

  function onMessage(event: Event): void {
    const received = apply(detail, event, []) as readonly [string, number | string, unknown]
    // By place: destructuring would use the page's own iterator.
    const kind = received[0]
    const id = received[1]
    const rest = received[2]
    if (kind === 'answer') {
      answer = rest as readonly [boolean, Parcel]
    } else if (kind === 'settle') {
      const settled = rest as readonly [boolean, Parcel]
      const waiting = apply(getEntry, pending, [id]) as readonly [Callable, Callable]
      apply(deleteEntry, pending, [id])
      waiting[settled[0] ? 0 : 1](unwrap(settled[1]))
    } else {
      let outcome: readonly [boolean, Parcel]
      try {
        outcome = [true, serve(kind, id, rest as readonly Parcel[])]
      } catch (error) {
        outcome = [false, ['error', message(error)]]
      }
      post('answer', 0, outcome)
    }
  }

  apply(addEventListener, element, [inbound, onMessage])
  return {
    expose: (key, api) => void request('expose', key, [wrap(api)]),
    onExpose(listener) {
      exposed = listener
    },
  }
}
