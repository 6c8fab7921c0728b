/** Turns values into text and back, as the structured clone algorithm would copy them. */
export interface ValueCodec {
  /** @throws when the value holds what cannot be cloned: a function, a symbol, a promise */
  encode(value: unknown): string
  decode(text: string): unknown
}

interface Tagged {
  readonly $?: unknown
  readonly is?: unknown
  readonly flags?: unknown
  readonly message?: unknown
  readonly stack?: unknown
}

/**
 * The codec of everything that crosses between the main process and a page.
 *
 * Its source is also evaluated inside the page, so it may use nothing from outside itself.
 */
export function createValueCodec(): ValueCodec {
  const mark = '$'
  const views = {
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
    DataView,
  } as const

  function toBase64(bytes: Uint8Array): string {
    if (typeof Buffer === 'function') {
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
    }
    let text = ''
    for (let at = 0; at < bytes.length; at += 0x8000) {
      text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
    }
    return btoa(text)
  }

  function fromBase64(text: string): ArrayBuffer {
    const binary = atob(text)
    const bytes = new Uint8Array(binary.length)
    for (let at = 0; at < binary.length; at += 1) bytes[at] = binary.charCodeAt(at)
    return bytes.buffer
  }

  function pack(value: unknown, seen: Map<object, number>): unknown {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value
      case 'undefined':
        return { [mark]: 'undefined' }
      case 'number':
        return Number.isFinite(value) && !Object.is(value, -0)
          ? value
          : { [mark]: 'number', is: Object.is(value, -0) ? '-0' : String(value) }
      case 'bigint':
        return { [mark]: 'bigint', is: String(value) }
      case 'object':
        return value === null ? null : packObject(value, seen)
      default:
        throw new Error('An object could not be cloned.')
    }
  }

  function packObject(value: object, seen: Map<object, number>): unknown {
    const known = seen.get(value)
    if (known !== undefined) return { [mark]: 'seen', is: known }
    seen.set(value, seen.size)
    const tag = Object.prototype.toString.call(value).slice(8, -1)
    if (Array.isArray(value)) return Array.from(value, (item: unknown) => pack(item, seen))
    if (value instanceof Date) return { [mark]: 'Date', is: pack(value.getTime(), seen) }
    if (value instanceof RegExp) return { [mark]: 'RegExp', is: value.source, flags: value.flags }
    if (value instanceof Map) {
      return { [mark]: 'Map', is: Array.from(value, ([k, v]) => [pack(k, seen), pack(v, seen)]) }
    }
    if (value instanceof Set) return { [mark]: 'Set', is: Array.from(value, (item) => pack(item, seen)) }
    if (value instanceof Error) {
      return { [mark]: 'Error', is: value.name, message: value.message, stack: value.stack ?? '' }
    }
    if (value instanceof ArrayBuffer) {
      return { [mark]: 'ArrayBuffer', is: toBase64(new Uint8Array(value)) }
    }
    if (ArrayBuffer.isView(value)) {
      const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
      const isNodeBuffer = typeof Buffer === 'function' && value instanceof Buffer
      return { [mark]: isNodeBuffer ? 'Uint8Array' : tag, is: toBase64(bytes) }
    }
    if (value instanceof Boolean || value instanceof Number || value instanceof String) {
      return { [mark]: 'Object', is: pack(value.valueOf(), seen) }
    }
    if (tag !== 'Object') throw new Error('An object could not be cloned.')
    const packed: Record<string, unknown> = {}
    for (const [key, item] of Object.entries(value)) {
      Object.defineProperty(packed, key, {
        value: pack(item, seen),
        enumerable: true,
        configurable: true,
        writable: true,
      })
    }
    return mark in packed ? { [mark]: 'plain', is: packed } : packed
  }

  function unpack(packed: unknown, seen: object[]): unknown {
    if (typeof packed !== 'object' || packed === null) return packed
    if (Array.isArray(packed)) {
      const list: unknown[] = []
      seen.push(list)
      for (const item of packed) list.push(unpack(item, seen))
      return list
    }
    const record = packed as Tagged
    const tag = Object.hasOwn(record, mark) ? record[mark] : undefined
    const { is } = record
    if (typeof tag !== 'string' || tag === 'plain') return unpackPlain(tag ? is : record, seen)
    return unpackTagged(tag, is, record, seen)
  }

  function unpackPlain(packed: unknown, seen: object[]): object {
    const plain = {}
    seen.push(plain)
    for (const [key, item] of Object.entries(packed as object)) {
      const value = unpack(item, seen)
      Object.defineProperty(plain, key, { value, enumerable: true, configurable: true, writable: true })
    }
    return plain
  }

  function unpackTagged(tag: string, is: unknown, record: Tagged, seen: object[]): unknown {
    const keep = <T extends object>(value: T): T => {
      seen.push(value)
      return value
    }
    switch (tag) {
      case 'undefined':
        return undefined
      case 'number':
        return Number(is)
      case 'bigint':
        return BigInt(String(is))
      case 'seen':
        return seen[Number(is)]
      case 'Date':
        return keep(new Date(unpack(is, []) as number))
      case 'RegExp':
        return keep(new RegExp(String(is), String(record.flags)))
      case 'Map': {
        const map = keep(new Map<unknown, unknown>())
        for (const [key, value] of is as [unknown, unknown][]) map.set(unpack(key, seen), unpack(value, seen))
        return map
      }
      case 'Set': {
        const set = keep(new Set<unknown>())
        for (const item of is as unknown[]) set.add(unpack(item, seen))
        return set
      }
      case 'Error': {
        const error = keep(new Error(String(record.message)))
        error.name = String(is)
        error.stack = String(record.stack)
        return error
      }
      case 'Object':
        return keep(Object(unpack(is, [])))
      case 'ArrayBuffer':
        return keep(fromBase64(String(is)))
      default: {
        const View = views[tag as keyof typeof views] as
          | (new (
              buffer: ArrayBuffer,
            ) => ArrayBufferView)
          | undefined
        if (!View) throw new Error('An object could not be cloned.')
        return keep(new View(fromBase64(String(is))))
      }
    }
  }

  return {
    encode: (value) => JSON.stringify(pack(value, new Map())),
    decode: (text) => unpack(JSON.parse(text), []),
  }
}
