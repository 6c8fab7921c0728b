/** What a small file of the app's own holds: one JSON object. */
export type Content = Readonly<Record<string, unknown>>

/** One small file, as the library keeps it: read whole, written whole and atomically. */
export interface Store {
  /** Reading and writing go to the disk; both throw what the disk or the content says. */
  store: Record<string, unknown>
  readonly path: string
}

/** Opens a small file by its name without `.json`. Throws as {@link Store} does. */
export type OpenStore = (folder: string, name: string) => Store

/** How every small file is kept, whichever library does it: by its owner only, as JSON, a byte-order mark allowed. */
export const storeOptions = { configFileMode: 0o600, deserialize: parseContent } as const

/** Reads a JSON object; a byte-order mark before it, which some editors write, is no fault. @throws {SyntaxError} */
export function parseContent(text: string): Record<string, unknown> {
  const content: unknown = JSON.parse(text.replace(/^\uFEFF/, ''))
  if (!isContent(content)) throw new SyntaxError('it is not a JSON object')
  return content
}

export const isContent = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
