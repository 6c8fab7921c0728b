/** A value on its way between the worlds. What is no function, promise or error is cloned by Chromium itself. */
export type Parcel =
  | readonly ['value', unknown]
  | readonly ['object', readonly (readonly [key: string, value: Parcel])[]]
  | readonly ['array', readonly Parcel[]]
  | readonly ['function', number]
  | readonly ['promise', number]
  | readonly ['error', string]
  /** The object or array that came at this place in the same parcel. */
  | readonly ['seen', number]

export interface Bridge {
  /** What the other world may look for before any function has been handed over, by its name. */
  readonly services: Map<string, (...parcels: Parcel[]) => Parcel>
  send(service: string, ...parcels: Parcel[]): Parcel
  wrap(value: unknown): Parcel
  unwrap(parcel: Parcel, freeze?: boolean): unknown
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
  const { defineProperty, freeze: freezeObject, getPrototypeOf } = Object
  const objectPrototype = Object.prototype
  const { toString: tagOf, propertyIsEnumerable: isEnumerable } = objectPrototype
  const { isArray } = Array
  const NativeEvent = CustomEvent
  const NativeMap = Map
  const NativePromise = Promise
  const NativeError = Error
  const clone = structuredClone
  const { then } = Promise.prototype
  const { bind } = Function.prototype
  const { get: getEntry, set: setEntry, delete: deleteEntry } = Map.prototype
  const size = Object.getOwnPropertyDescriptor(Map.prototype, 'size')?.get as () => number
  const { get: getWeak, set: setWeak } = WeakMap.prototype
  const { dispatchEvent, addEventListener } = EventTarget.prototype
  const detail = Object.getOwnPropertyDescriptor(CustomEvent.prototype, 'detail')?.get as () => unknown
  type Callable = (...values: unknown[]) => unknown

  const services = new NativeMap<string, (...parcels: Parcel[]) => Parcel>()
  const functions = new NativeMap<number, Callable>()
  const idOfFunction = new WeakMap<object, number>()
  const pending = new NativeMap<number, { resolve: (v: unknown) => void; reject: (e: unknown) => void }>()
  let lastId = 0
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

  function post(kind: string, name: string | number, rest: unknown): void {
    apply(dispatchEvent, element, [new NativeEvent(outbound, { detail: [kind, name, rest] })])
  }

  function request(kind: 'service' | 'call', name: string | number, parcels: readonly Parcel[]): Parcel {
    answer = undefined
    post(kind, name, parcels)
    // Assigned while the event was dispatched, which the compiler cannot see.
    const given = answer as readonly [boolean, Parcel] | undefined
    answer = undefined
    if (!given) throw new NativeError('The other side of the bridge has gone.')
    if (!given[0]) throw unwrap(given[1])
    return given[1]
  }

  function wrap(value: unknown, depth = 0, seen = new NativeMap<object, number>()): Parcel {
    if (depth > 1000) throw new NativeError('Electron contextBridge recursion depth exceeded.')
    if (typeof value === 'function') return wrapFunction(value as Callable)
    if (typeof value === 'symbol') throw new NativeError('An object could not be cloned.')
    if (typeof value !== 'object' || value === null) return ['value', value]
    const known = apply(getEntry, seen, [value]) as number | undefined
    if (known !== undefined) return ['seen', known]
    if (isArray(value)) {
      remember(value, seen)
      const items: Parcel[] = []
      for (let at = 0; at < value.length; at += 1) define(items, at, wrap(value[at], depth + 1, seen))
      return ['array', items]
    }
    const tag = apply(tagOf, value, [])
    if (tag === '[object Error]' || tag === '[object DOMException]') return ['error', message(value)]
    if (tag === '[object Promise]') return wrapPromise(value as Promise<unknown>)
    const prototype = getPrototypeOf(value)
    if (prototype !== null && prototype !== objectPrototype && tag !== '[object Object]') {
      return ['value', clone(value)]
    }
    remember(value, seen)
    const keys = ownKeys(value)
    const entries: [string, Parcel][] = []
    for (let at = 0; at < keys.length; at += 1) {
      const key = keys[at]
      if (typeof key !== 'string' || !apply(isEnumerable, value, [key])) continue
      define(entries, entries.length, [key, wrap((value as Record<string, unknown>)[key], depth + 1, seen)])
    }
    return ['object', entries]
  }

  function remember(value: object, seen: Map<object, number>): void {
    apply(setEntry, seen, [value, apply(size, seen, [])])
  }

  function wrapFunction(value: Callable): Parcel {
    let id = apply(getWeak, idOfFunction, [value]) as number | undefined
    if (id === undefined) {
      lastId += 1
      id = lastId
      apply(setWeak, idOfFunction, [value, id])
      apply(setEntry, functions, [id, value])
    }
    return ['function', id]
  }

  function wrapPromise(promise: Promise<unknown>): Parcel {
    lastId += 1
    const id = lastId
    const settle = (isOk: boolean) => (value: unknown) => {
      let parcel: Parcel
      let settled = isOk
      try {
        parcel = isOk || typeof value !== 'object' ? wrap(value) : ['error', message(value)]
      } catch (error) {
        settled = false
        parcel = ['error', message(error)]
      }
      post('settle', id, [settled, parcel])
    }
    apply(then, promise, [settle(true), settle(false)])
    return ['promise', id]
  }

  function unwrap(parcel: Parcel, freeze = false, seen: unknown[] = []): unknown {
    switch (parcel[0]) {
      case 'seen':
        return seen[parcel[1]]
      case 'value':
        return parcel[1]
      case 'error':
        return new NativeError(parcel[1])
      case 'array': {
        const list: unknown[] = []
        define(seen, seen.length, list)
        for (let at = 0; at < parcel[1].length; at += 1)
          define(list, at, unwrap(parcel[1][at] as Parcel, freeze, seen))
        return freeze ? freezeObject(list) : list
      }
      case 'object': {
        const object = {}
        define(seen, seen.length, object)
        for (let at = 0; at < parcel[1].length; at += 1) {
          const entry = parcel[1][at] as readonly [string, Parcel]
          define(object, entry[0], unwrap(entry[1], freeze, seen))
        }
        return freeze ? freezeObject(object) : object
      }
      case 'promise': {
        const id = parcel[1]
        return new NativePromise((resolve, reject) => {
          apply(setEntry, pending, [id, { resolve, reject }])
        })
      }
      case 'function': {
        const id = parcel[1]
        const proxy = (...values: unknown[]): unknown => {
          const parcels: Parcel[] = []
          for (let at = 0; at < values.length; at += 1) define(parcels, at, wrap(values[at]))
          return unwrap(request('call', id, parcels))
        }
        // Bound, so that its text is not to be read.
        const bound = apply(bind, proxy, [undefined]) as object
        return freeze ? freezeObject(bound) : bound
      }
    }
  }

  function serve(kind: string, name: string | number, parcels: readonly Parcel[]): Parcel {
    if (kind === 'service') {
      const service = apply(getEntry, services, [name]) as ((...parcels: Parcel[]) => Parcel) | undefined
      if (!service) throw new NativeError(`The bridge has no service ${name}.`)
      return apply(service, undefined, parcels)
    }
    const called = apply(getEntry, functions, [name]) as Callable | undefined
    if (!called) throw new NativeError('The function has gone.')
    const values: unknown[] = []
    for (let at = 0; at < parcels.length; at += 1) define(values, at, unwrap(parcels[at] as Parcel))
    return wrap(apply(called, undefined, values))
  }

  function onMessage(event: Event): void {
    const received = apply(detail, event, []) as readonly [string, string | number, unknown]
    const kind = received[0]
    if (kind === 'answer') {
      answer = received[2] as readonly [boolean, Parcel]
    } else if (kind === 'settle') {
      const settled = received[2] as readonly [boolean, Parcel]
      const waiting = apply(getEntry, pending, [received[1]]) as
        | { resolve: (v: unknown) => void; reject: (e: unknown) => void }
        | undefined
      apply(deleteEntry, pending, [received[1]])
      if (settled[0]) waiting?.resolve(unwrap(settled[1]))
      else waiting?.reject(unwrap(settled[1]))
    } else {
      let outcome: readonly [boolean, Parcel]
      try {
        outcome = [true, serve(kind, received[1], received[2] as readonly Parcel[])]
      } catch (error) {
        outcome = [false, ['error', message(error)]]
      }
      post('answer', 0, outcome)
    }
  }

  apply(addEventListener, element, [inbound, onMessage])
  return {
    services,
    send: (service, ...parcels) => request('service', service, parcels),
    wrap: (value) => wrap(value),
    unwrap: (parcel, freeze) => unwrap(parcel, freeze),
  }
}
