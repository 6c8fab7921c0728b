import { EventEmitter } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import type { Protocol } from '../../node_modules/playwright-core/types/protocol.d.ts'

export type { Protocol }

type Commands = Protocol.CommandParameters
type Answers = Protocol.CommandReturnValues

interface Message {
  readonly id?: number
  readonly method?: string
  readonly params?: unknown
  readonly result?: unknown
  readonly error?: { readonly message: string }
  readonly sessionId?: string
}

/** One target's end of the protocol: commands go to it, its events come out of it. */
export class CdpSession {
  readonly events = new EventEmitter().setMaxListeners(0)
  readonly id: string | undefined
  readonly #connection: CdpConnection

  constructor(connection: CdpConnection, id: string | undefined) {
    this.#connection = connection
    this.id = id
  }

  async send<C extends keyof Commands & keyof Answers>(method: C, params?: Commands[C]): Promise<Answers[C]> {
    return (await this.#connection.send(method, params, this.id)) as Answers[C]
  }

  /** Sends a command whose failure says only that the target has gone. */
  post<C extends keyof Commands & keyof Answers>(method: C, params?: Commands[C]): void {
    this.send(method, params).catch(() => undefined)
  }

  on<E extends keyof Protocol.Events & string>(
    event: E,
    listener: (payload: Protocol.Events[E]) => void,
  ): void {
    this.events.on(event, listener)
  }
}

/** The DevTools protocol over Chromium's pipe: messages of JSON, each ended by a zero byte. */
export class CdpConnection {
  readonly root = new CdpSession(this, undefined)
  readonly #sessions = new Map<string, CdpSession>()
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>()
  readonly #output: Writable
  #lastId = 0
  #received = Buffer.alloc(0)
  #isClosed = false

  constructor(output: Writable, input: Readable) {
    this.#output = output
    output.on('error', () => this.close())
    input.on('error', () => this.close())
    input.on('close', () => this.close())
    input.on('data', (chunk: Buffer) => this.#receive(chunk))
  }

  session(id: string): CdpSession {
    const session = this.#sessions.get(id) ?? new CdpSession(this, id)
    this.#sessions.set(id, session)
    return session
  }

  send(method: string, params: unknown, sessionId: string | undefined): Promise<unknown> {
    if (this.#isClosed) return Promise.reject(new Error(`${method}: Chromium has gone`))
    this.#lastId += 1
    const answer = Promise.withResolvers<unknown>()
    this.#waiting.set(this.#lastId, answer)
    this.#output.write(`${JSON.stringify({ id: this.#lastId, method, params, sessionId })}\0`)
    return answer.promise
  }

  close(): void {
    this.#isClosed = true
    for (const { reject } of this.#waiting.values()) reject(new Error('Chromium has gone'))
    this.#waiting.clear()
  }

  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk])
    for (let end = this.#received.indexOf(0); end >= 0; end = this.#received.indexOf(0)) {
      const text = this.#received.toString('utf8', 0, end)
      this.#received = this.#received.subarray(end + 1)
      this.#dispatch(JSON.parse(text))
    }
  }

  #dispatch({ id, method, params, result, error, sessionId }: Message): void {
    if (id !== undefined) {
      const waiting = this.#waiting.get(id)
      this.#waiting.delete(id)
      if (error) waiting?.reject(new Error(error.message))
      else waiting?.resolve(result)
    } else if (method) {
      const session = sessionId === undefined ? this.root : this.session(sessionId)
      session.events.emit(method, params)
    }
  }
}
