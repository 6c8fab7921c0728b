import type { Fetch } from '../connectors/connector.ts'

/** Why an update came to nothing, as a sentence for the person. */
export class UpdateFault extends Error {}

/** How often an answer may point elsewhere. */
const mostRedirects = 5

export interface BoundedRequest {
  readonly fetch: Fetch
  readonly url: string
  /** More bytes than this are not read. */
  readonly most: number
  /** How long it may take to the last byte. */
  readonly withinMs: number
  /** How long it may keep still before its next byte. */
  readonly stallMs: number
  readonly signal: AbortSignal
}

/**
 * Reads what an `https` address answers, piece by piece, within bounds of size and time. Redirects are followed to
 * `https` only: nothing is told to an address that anybody on the way can read.
 *
 * @throws UpdateFault with why it came to nothing, or what the signal was aborted with
 */
export async function* readBounded(request: BoundedRequest): AsyncGenerator<Uint8Array> {
  const { url, most, withinMs, stallMs } = request
  const host = new URL(url).host
  const stalled = new AbortController()
  const stall = () =>
    stalled.abort(new UpdateFault(`The update server ${host} kept still in the middle of its answer.`))
  let timer = setTimeout(stall, stallMs)
  const inTime = AbortSignal.timeout(withinMs)
  const signal = AbortSignal.any([request.signal, stalled.signal, inTime])
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  try {
    const { body } = await open(request.fetch, url, signal)
    reader = body?.getReader()
    for (let size = 0; reader; ) {
      const { done, value } = await endedBy(signal, reader.read())
      if (done) return
      clearTimeout(timer)
      timer = setTimeout(stall, stallMs)
      size += value.byteLength
      if (size > most) throw new UpdateFault(`The update server ${host} sent more than was to be expected.`)
      yield value
    }
  } catch (error) {
    if (inTime.aborted) throw new UpdateFault(`The update server ${host} took too long.`)
    if (stalled.signal.aborted) throw stalled.signal.reason
    request.signal.throwIfAborted()
    throw error instanceof UpdateFault
      ? error
      : new UpdateFault(`The update server ${host} can’t be reached, or the connection broke off.`, {
          cause: error,
        })
  } finally {
    clearTimeout(timer)
    // Nobody waits for the other side to hear of it.
    reader?.cancel().catch(() => {})
  }
}

/** The whole of a small answer. */
export async function fetchBounded(request: BoundedRequest): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of readBounded(request)) pieces.push(piece)
  return Buffer.concat(pieces)
}

async function open(fetch: Fetch, from: string, signal: AbortSignal): Promise<Response> {
  let url = from
  for (let turn = 0; turn <= mostRedirects; turn++) {
    if (URL.parse(url)?.protocol !== 'https:')
      throw new UpdateFault(
        `The update server ${new URL(from).host} points to an address that is not https. Curfew did not follow it.`,
      )
    const response = await endedBy(
      signal,
      fetch(url, {
        redirect: 'manual',
        credentials: 'omit',
        cache: 'no-store',
        headers: { 'accept-encoding': 'identity' },
        signal,
      }),
    )
    if (response.status === 200) return response
    response.body?.cancel().catch(() => {})
    const next = response.headers.get('location')
    if (response.status < 300 || response.status > 399 || next === null)
      throw new UpdateFault(`The update server ${new URL(url).host} answered ${response.status}.`)
    url = URL.parse(next, url)?.href ?? ''
  }
  throw new UpdateFault(
    `The update server ${new URL(from).host} points from one address to the next without an end.`,
  )
}

/** Ends with the signal, whatever the work does: not every `fetch` lets a signal reach the body. */
function endedBy<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = () => reject(signal.reason)
    if (signal.aborted) end()
    signal.addEventListener('abort', end, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', end))
  })
}
