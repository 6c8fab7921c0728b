import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Readable, Writable } from 'node:stream'
import { createGzip, gunzipSync, gzipSync } from 'node:zlib'

/** An answer that the proxy gives in the server's place. */
export interface InsteadAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** What to do to one request. Whatever is left out stays as it is; what is given is combined. */
export interface Fault {
  /** Milliseconds to wait before the request is passed on. */
  readonly latencyMs?: number
  /**
   * Where the connection breaks: before the server has heard of the request; after it acted, with nothing of its
   * answer; within the answer's headers; half-way through its body; after the whole body but before its end, so
   * that nobody can know it was whole.
   */
  readonly cut?: 'before-the-server' | 'before-the-answer' | 'in-the-head' | 'in-the-body' | 'after-the-body'
  /** What is answered in the server's place. */
  readonly instead?: InsteadAnswer
  /** With `instead` or `endless`: the server hears of the request and acts, and only its answer is lost. */
  readonly serverActs?: boolean
  /** `weak` is what a proxy that compresses makes of a tag; any other text replaces it. */
  readonly etag?: 'weak' | 'removed' | { readonly tag: string }
  /** Compresses the answer. Nobody asks whether the client can read that. */
  readonly gzip?: true
  /** A body without end, until the client hangs up: as it is, or compressed a thousand times. */
  readonly endless?: 'chunked' | 'gzip'
  /** Moves the `Date` header, and a `time` in a JSON body. */
  readonly clockShiftSeconds?: number
  /** Laid over the headers of the answer; `undefined` removes one. */
  readonly headers?: Readonly<Record<string, string | undefined>>
}

/** A request as it came to the proxy. */
export interface SeenRequest {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
  /** Whether it was passed on to the server. */
  reachedServer: boolean
}

export interface FaultRule {
  /** Which requests it is for; all of them where it is left out. */
  readonly when?: (request: SeenRequest) => boolean
  /** For how many requests; then the rule is gone. Without an end where it is left out. */
  readonly times?: number
  readonly fault: Fault
}

/** A real HTTP proxy between a client and a service, which does to requests what it is told. */
export interface FaultProxy extends AsyncDisposable {
  /** Its own origin, to be used in the server's place. */
  readonly url: string
  /** Every request so far, oldest first. */
  readonly seen: readonly SeenRequest[]
  /**
   * Adds a rule. Of rules that fit a request the newest is taken.
   *
   * @returns takes the rule away again
   */
  add(rule: FaultRule): () => void
  /** Takes all rules away. */
  heal(): void
  /** Breaks the connections that are open now, also streams that are under way. */
  breakConnections(): void
}

/** What a gateway says when the server behind it does not answer. */
export function gatewayFailure(
  status: 429 | 500 | 502 | 503 | 504,
  { retryAfter, serverActs = false }: { readonly retryAfter?: string; readonly serverActs?: boolean } = {},
): Fault {
  const page = htmlPage(status, `<html><body><center><h1>${status}</h1></center><hr>nginx</body></html>`)
  return {
    serverActs,
    instead: {
      status,
      ...page.instead,
      headers: { ...page.instead?.headers, ...(retryAfter !== undefined && { 'retry-after': retryAfter }) },
    },
  }
}

/** An HTML page with any status. */
export function htmlPage(status: number, body = '<!doctype html><title>Hello</title>'): Fault {
  return { instead: { status, headers: { 'content-type': 'text/html; charset=utf-8' }, body } }
}

/** A network that wants something first: its own page with status 200, or a way to it. */
export function captivePortal(how: 'page' | 'redirect'): Fault {
  return how === 'page'
    ? htmlPage(200, '<!doctype html><title>Welcome to the hotel</title><form>Room number</form>')
    : redirect('http://portal.invalid/welcome?from=curfew')
}

export function redirect(location: string, status: 301 | 302 | 303 | 307 | 308 = 302): Fault {
  return { instead: { status, headers: { location } } }
}

interface Answer {
  readonly status: number
  readonly headers: Record<string, string | string[]>
  readonly body: Readable | Buffer
}

/** Headers that belong to one connection and not to the answer. */
const hopByHop = ['connection', 'keep-alive', 'transfer-encoding', 'upgrade']

/**
 * Starts a proxy in front of a service that speaks plain HTTP.
 *
 * @param target the service's origin
 */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  let rules: { readonly rule: FaultRule; left: number }[] = []
  const seen: SeenRequest[] = []

  const faultFor = (request: SeenRequest): Fault => {
    const found = rules.findLast(({ rule }) => rule.when?.(request) ?? true)
    if (!found) return {}
    found.left -= 1
    if (found.left === 0) rules = rules.filter((one) => one !== found)
    return found.rule.fault
  }

  const server = createServer((incoming, response) => {
    handle(incoming, response).catch(() => response.destroy())
  })

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readWhole(incoming)
    const request: SeenRequest = {
      method: incoming.method ?? 'GET',
      path: incoming.url ?? '/',
      headers: incoming.headers,
      body: body.toString('utf8'),
      reachedServer: false,
    }
    seen.push(request)
    const fault = faultFor(request)
    if (fault.latencyMs !== undefined) await delay(fault.latencyMs, incoming)
    if (fault.cut === 'before-the-server') return cutOff(response)
    const replaced = fault.instead !== undefined || fault.endless !== undefined
    let answer: Answer | undefined
    if (!replaced || fault.serverActs) {
      request.reachedServer = true
      answer = await forward(target, incoming, body, response)
    }
    if (fault.cut === 'before-the-answer') {
      if (answer) await readWhole(answer.body)
      return cutOff(response)
    }
    if (answer && replaced) await readWhole(answer.body)
    if (fault.endless !== undefined) return await pourWithoutEnd(response, fault.endless, fault.instead)
    await reply(response, await changed(fault.instead ? fromInstead(fault.instead) : answer, fault), fault)
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    add: (rule) => {
      const entry = { rule, left: rule.times ?? Number.POSITIVE_INFINITY }
      rules.push(entry)
      return () => {
        rules = rules.filter((one) => one !== entry)
      }
    },
    heal: () => {
      rules = []
    },
    breakConnections: () => server.closeAllConnections(),
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

/** Passes a request on as it came. Where the client hangs up, the server is hung up on too. */
function forward(
  target: string,
  incoming: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = send(new URL(incoming.url ?? '/', target), {
      method: incoming.method,
      // As most proxies ask: the service answers to its own name only.
      headers: { ...incoming.headers, host: new URL(target).host, 'content-length': body.length },
      agent: false,
    })
    outgoing.once('error', reject)
    response.once('close', () => outgoing.destroy())
    outgoing.once('response', (message) =>
      resolve({
        status: message.statusCode ?? 500,
        headers: Object.fromEntries(
          Object.entries(message.headersDistinct)
            .filter(([name]) => !hopByHop.includes(name))
            .map(([name, values = []]) => [name, values]),
        ),
        body: message,
      }),
    )
    outgoing.end(body)
  })
}

function fromInstead({ status, headers, body = '' }: InsteadAnswer): Answer {
  return { status, headers: { ...headers }, body: Buffer.from(body) }
}

/** The answer as the fault wants it. Its body is read whole only where it has to be changed. */
async function changed(answer: Answer | undefined, fault: Fault): Promise<Answer> {
  if (!answer) throw new Error('There is no answer to pass on.')
  const headers = { ...answer.headers }
  let { body } = answer
  const tag = headers['etag']?.toString()
  if (fault.etag === 'removed') delete headers['etag']
  else if (fault.etag === 'weak') {
    if (tag !== undefined && !tag.startsWith('W/')) headers['etag'] = `W/${tag}`
  } else if (fault.etag) headers['etag'] = fault.etag.tag
  if (fault.clockShiftSeconds !== undefined) {
    const shift = fault.clockShiftSeconds * 1000
    headers['date'] = new Date(Date.now() + shift).toUTCString()
    body = shiftTime(plain(await readWhole(body), headers), shift)
  }
  if (fault.gzip) {
    body = gzipSync(plain(await readWhole(body), headers))
    headers['content-encoding'] = 'gzip'
  }
  if (Buffer.isBuffer(body)) headers['content-length'] = String(body.length)
  for (const [name, value] of Object.entries(fault.headers ?? {})) {
    if (value === undefined) delete headers[name.toLowerCase()]
    else headers[name.toLowerCase()] = value
  }
  return { status: answer.status, headers, body }
}

/** A body without its compression, which is taken out of the headers too. */
function plain(body: Buffer, headers: Record<string, string | string[]>): Buffer {
  if (headers['content-encoding']?.toString() !== 'gzip') return body
  delete headers['content-encoding']
  return gunzipSync(body)
}

function shiftTime(body: Buffer, shiftMs: number): Buffer {
  try {
    const value = JSON.parse(body.toString('utf8')) as { time?: unknown }
    if (typeof value.time !== 'string') return body
    const moved = { ...value, time: new Date(Date.parse(value.time) + shiftMs).toISOString() }
    return Buffer.from(JSON.stringify(moved))
  } catch {
    return body
  }
}

async function reply(response: ServerResponse, answer: Answer, { cut }: Fault): Promise<void> {
  const { status, headers } = answer
  if (cut === 'in-the-head') {
    response.socket?.write(`HTTP/1.1 ${status} OK\r\ncontent-type: application/json\r\ncontent-le`)
    return cutOff(response)
  }
  if (cut === 'in-the-body' || cut === 'after-the-body') {
    const whole = await readWhole(answer.body)
    // Half of a body whose length was told; a whole one in chunks, without the chunk that says it was the last.
    if (cut === 'after-the-body') delete headers['content-length']
    else headers['content-length'] = String(whole.length)
    response.writeHead(status, headers)
    const sent = cut === 'in-the-body' ? whole.subarray(0, Math.floor(whole.length / 2)) : whole
    response.flushHeaders()
    await new Promise<void>((resolve) => response.write(sent, () => resolve()))
    return cutOff(response)
  }
  response.writeHead(status, headers)
  if (Buffer.isBuffer(answer.body)) {
    response.end(answer.body)
    return
  }
  // At once, for a stream whose first event may be long in coming.
  response.flushHeaders()
  answer.body.once('error', () => response.destroy())
  answer.body.pipe(response)
}

/** Ends the connection once what was written has left. */
function cutOff(response: ServerResponse): void {
  const { socket } = response
  if (socket) socket.end(() => socket.destroy())
  else response.destroy()
}

/** Pours spaces, which JSON allows for ever, until the client hangs up. */
async function pourWithoutEnd(
  response: ServerResponse,
  how: 'chunked' | 'gzip',
  instead: InsteadAnswer | undefined,
): Promise<void> {
  response.writeHead(instead?.status ?? 200, {
    'content-type': 'application/json',
    ...instead?.headers,
    ...(how === 'gzip' && { 'content-encoding': 'gzip' }),
  })
  const spaces = Buffer.alloc(64 * 1024, ' ')
  const gone = once(response, 'close')
  const sink: Writable = how === 'gzip' ? createGzip({ level: 9 }) : response
  if (sink !== response) (sink as ReturnType<typeof createGzip>).pipe(response)
  const hungUp = () => response.destroyed || response.writableEnded
  while (!hungUp()) {
    if (!sink.write(spaces)) await Promise.race([once(sink, 'drain'), gone])
    else await new Promise((resolve) => setImmediate(resolve))
  }
  sink.destroy()
}

async function readWhole(body: Readable | Buffer): Promise<Buffer> {
  if (Buffer.isBuffer(body)) return body
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** Waits, or until the client has hung up. */
async function delay(milliseconds: number, incoming: IncomingMessage): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, milliseconds)
    incoming.socket.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
