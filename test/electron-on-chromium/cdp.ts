import { EventEmitter } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import type { Protocol } from '../../node_modules/playwright-core/types/protocol.d.ts'

export type { Protocol }

type Commands = Protocol.CommandParameters
type Answers = Protocol.CommandReturnValues
type Payloads = Protocol.Events

interface Message {
  readonly id?: number
  readonly method?: string
  readonly params?: unknown
  readonly result?: unknown
  readonly error?: { readonly message: string }
  readonly sessionId?: string
}

interface Waiting {
  readonly method: string
  readonly resolve: (result: never) => void
  readonly reject: (error: Error) => void
}

/** One target's end of the protocol: commands go to it, its events come out of it. */
export class CdpSession {
  readonly #emitter = new EventEmitter()
  readonly #connection: CdpConnection
  readonly id: string | undefined

  constructor(connection: CdpConnection, id: string | undefined) {
    this.#connection = connection
    this.id = id
    this.#emitter.setMaxListeners(0)
  }

  send<C extends keyof Commands & keyof Answers>(method: C, params?: Commands[C]): Promise<Answers[C]> {
    return this.#connection.send(method, params, this.id)
  }

  /** Sends a command whose failure says only that the target has gone. */
  post<C extends keyof Commands & keyof Answers>(method: C, params?: Commands[C]): void {
    this.send(method, params).catch(() => undefined)
  }

  on<E extends keyof Payloads & string>(event: E, listener: (payload: Payloads[E]) => void): void {
    this.#emitter.on(event, listener)
  }

  deliver(event: string, payload: unknown): void {
    this.#emitter.emit(event, payload)
  }
}

/** The DevTools protocol over Chromium's pipe: messages of JSON, each ended by a zero byte. */
export class CdpConnection {
  readonly root = new CdpSession(this, undefined)
  readonly #sessions = new Map<string, CdpSession>()
  readonly #waiting = new Map<number, Waiting>()
  readonly #output: Writable
  #lastId = 0
  #chunks: Buffer[] = []
  #isClosed = false

  constructor(output: Writable, input: Readable) {
    this.#output = output
    output.on('error', () => this.close())
    input.on('error', () => this.close())
    input.on('close', () => this.close())
    input.on('data', (chunk: Buffer) => this.#receive(chunk))
  }

  session(id: string): CdpSession {
    let session = this.#sessions.get(id)
    if (!session) {
      session = new CdpSession(this, id)
      this.#sessions.set(id, session)
    }
    return session
  }

  send<C extends keyof Commands & keyof Answers>(
    method: C,
    params: Commands[C] | undefined,
    sessionId: string | undefined,
  ): Promise<Answers[C]> {
    if (this.#isClosed) return Promise.reject(new Error(`${method}: Chromium has gone`))
    this.#lastId += 1
    const id = this.#lastId
    this.#output.write(`${JSON.stringify({ id, method, params, sessionId })}\0`)
    return new Promise((resolve, reject) => this.#waiting.set(id, { method, resolve, reject }))
  }

  close(): void {
    this.#isClosed = true
    for (const { method, reject } of this.#waiting.values()) reject(new Error(`${method}: Chromium has gone`))
    this.#waiting.clear()
  }

  #receive(chunk: Buffer): void {
    let rest = chunk
    for (let end = rest.indexOf(0); end >= 0; end = rest.indexOf(0)) {
      const head = rest.subarray(0, end)
      const whole = this.#chunks.length > 0 ? Buffer.concat([...this.#chunks, head]) : head
      this.#chunks = []
      rest = rest.subarray(end + 1)
      this.#dispatch(JSON.parse(whole.toString('utf8')))
    }
    if (rest.length > 0) this.#chunks.push(rest)
  }

  #dispatch(message: Message): void {
    if (message.id !== undefined) {
      const waiting = this.#waiting.get(message.id)
      this.#waiting.delete(message.id)
      if (message.error) waiting?.reject(new Error(`${waiting.method}: ${message.error.message}`))
      else waiting?.resolve(message.result as never)
      return
    }
    const session = message.sessionId === undefined ? this.root : this.session(message.sessionId)
    if (message.method) session.deliver(message.method, message.params)
  }
}
