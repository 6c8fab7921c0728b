import { EventEmitter } from 'node:events'
import { originMap } from './origin-map.ts'

/** What a frame needs of the page it is in. */
export interface FrameHost {
  sendTo(frame: StandInFrame, channel: string, values: readonly unknown[]): void
  execute(frame: StandInFrame, code: string): Promise<unknown>
}

let lastRoutingId = 0

/** Electron's `WebFrameMain`. The main frame's object stays the same across navigations. */
export class StandInFrame extends EventEmitter {
  readonly routingId: number
  readonly frameTreeNodeId: number
  readonly processId = 1
  readonly parent: StandInFrame | null
  readonly #host: FrameHost
  readonly #children = new Set<StandInFrame>()
  /** The frame's id in the DevTools protocol. */
  protocolId: string
  name = ''
  detached = false
  #url = ''

  constructor(host: FrameHost, protocolId: string, parent: StandInFrame | null) {
    super()
    lastRoutingId += 1
    this.routingId = lastRoutingId
    this.frameTreeNodeId = lastRoutingId
    this.#host = host
    this.protocolId = protocolId
    this.parent = parent
    parent?.addChild(this)
  }

  get url(): string {
    return this.#url
  }

  get origin(): string {
    const { protocol, host } = URL.parse(this.#url) ?? {}
    return host && protocol ? `${protocol}//${host}` : 'null'
  }

  get top(): StandInFrame {
    return this.parent ? this.parent.top : this
  }

  get frames(): StandInFrame[] {
    return [...this.#children]
  }

  get framesInSubtree(): StandInFrame[] {
    return [this, ...this.frames.flatMap((frame) => frame.framesInSubtree)]
  }

  send(channel: string, ...values: unknown[]): void {
    this.#host.sendTo(this, channel, values)
  }

  executeJavaScript(code: string): Promise<unknown> {
    return this.#host.execute(this, code)
  }

  isDestroyed(): boolean {
    return this.detached
  }

  /** Notes where Chromium says the frame is. */
  moveTo(url: string, name: string): void {
    this.#url = originMap.toApp(url)
    this.name = name
  }

  addChild(frame: StandInFrame): void {
    this.#children.add(frame)
  }

  /** The frame has left the page, with all inside it. */
  detach(): void {
    for (const child of this.#children) child.detach()
    this.detached = true
    this.parent?.removeChild(this)
  }

  removeChild(frame: StandInFrame): void {
    this.#children.delete(frame)
  }
}
