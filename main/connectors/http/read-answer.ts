/** The most of one answer that is read, in bytes after decompression. */
export const largestAnswer = 16 * 1024 * 1024
/** How deep the JSON of an answer may be nested. */
export const deepestAnswer = 64

/** What the body of an answer turned out to be. */
export type AnswerContent =
  | { readonly content: 'json'; readonly body: unknown }
  /** Nothing at all, or something that is no JSON and did not say that it was. */
  | { readonly content: 'empty' | 'other' }

/** An answer that is larger or nested deeper than Curfew reads. */
export class TooMuch extends Error {}
/** An answer that ended before its end. */
export class BrokenOff extends Error {}

/**
 * Reads an answer's body to its end, within bounds.
 *
 * @param signal ends the reading too: not every `fetch` lets it reach the body
 * @throws TooMuch, BrokenOff, or what the stream or the signal failed with
 */
export async function readAnswer(response: Response, signal: AbortSignal): Promise<AnswerContent> {
  const text = (await readText(response, signal)).trim()
  if (text === '') return { content: 'empty' }
  if (!/^[[{"\d]/.test(text)) return { content: 'other' }
  if (isTooDeep(text)) throw new TooMuch()
  try {
    return { content: 'json', body: JSON.parse(text) as unknown }
  } catch {
    // Half an object is no answer: a stream can end early without saying so.
    if (/\bjson\b/i.test(response.headers.get('content-type') ?? '')) throw new BrokenOff()
    return { content: 'other' }
  }
}

async function readText(response: Response, signal: AbortSignal): Promise<string> {
  const { body, headers } = response
  if (!body) return ''
  const told = headers.has('content-encoding')
    ? Number.NaN
    : Number(headers.get('content-length') ?? Number.NaN)
  const reader = body.getReader()
  try {
    if (told > largestAnswer) throw new TooMuch()
    const chunks: Uint8Array[] = []
    let size = 0
    for (;;) {
      const { done, value } = await endedBy(signal, reader.read())
      if (done) break
      size += value.byteLength
      if (size > largestAnswer) throw new TooMuch()
      chunks.push(value)
    }
    if (size < told) throw new BrokenOff()
    return new TextDecoder().decode(Buffer.concat(chunks))
  } finally {
    // Nobody waits for the other side to hear of it.
    reader.cancel().catch(() => {})
  }
}

/** What `work` comes to, or what the signal ends it with: not every `fetch` lets its signal reach the body. */
export function endedBy<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = () => reject(signal.reason)
    if (signal.aborted) end()
    signal.addEventListener('abort', end, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', end))
  })
}

/** Counts brackets outside of strings, before anything is built from them. */
export function isTooDeep(text: string): boolean {
  let depth = 0
  let quoted = false
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at]
    if (quoted) {
      if (sign === '\\') at += 1
      else if (sign === '"') quoted = false
    } else if (sign === '"') quoted = true
    else if (sign === '{' || sign === '[') {
      depth += 1
      if (depth > deepestAnswer) return true
    } else if (sign === '}' || sign === ']') depth -= 1
  }
  return false
}
