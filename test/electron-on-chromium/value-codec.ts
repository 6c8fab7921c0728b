/** Turns plain data into text and back. */
export interface ValueCodec {
  /** @throws when the value holds what is no plain data, which Electron may carry and this does not */
  encode(value: unknown): string
  decode(text: string): unknown
}

/**
 * The codec of everything that crosses between the main process and a page: JSON, and `undefined`.
 *
 * Its source is also evaluated inside the page, so it may use nothing from outside itself.
 */
export function createValueCodec(): ValueCodec {
  const mark = '$undefined'

  function isPlain(value: object): boolean {
    const prototype: unknown = Object.getPrototypeOf(value)
    return (
      Array.isArray(value) ||
      prototype === null ||
      // An object of another world has that world's prototype, which is the last of its chain.
      Object.getPrototypeOf(prototype) === null
    )
  }

  function pack(value: unknown): unknown {
    if (value === undefined) return { [mark]: true }
    if (typeof value === 'number' && Number.isFinite(value)) return value
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
    if (typeof value !== 'object' || !isPlain(value) || mark in value)
      throw new Error('An object could not be cloned.')
    if (Array.isArray(value)) return Array.from(value, pack)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, pack(item)]))
  }

  function unpack(packed: unknown): unknown {
    if (typeof packed !== 'object' || packed === null) return packed
    if (Array.isArray(packed)) return packed.map(unpack)
    if (mark in packed) return undefined
    return Object.fromEntries(Object.entries(packed).map(([key, item]) => [key, unpack(item)]))
  }

  return {
    encode: (value) => JSON.stringify(pack(value)),
    decode: (text) => unpack(JSON.parse(text)),
  }
}
