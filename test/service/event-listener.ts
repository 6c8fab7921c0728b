import { expect, vi } from 'vitest'

export interface HeardEvent {
  readonly id: string
  readonly type: string
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into events of every shape
  readonly data: any
}

export interface Listener {
  readonly heard: readonly HeardEvent[]
  readonly ended: () => boolean
  /** Waits until an event of a type has come. */
  until(type: string): Promise<HeardEvent>
  close(): void
}

/** Listens to a service's events over real HTTP. */
export async function listen(origin: string, token: string, lastEventId?: string): Promise<Listener> {
  const abort = new AbortController()
  const response = await fetch(`${origin}/api/v1/events`, {
    signal: abort.signal,
    headers: { authorization: `Bearer ${token}`, ...(lastEventId && { 'last-event-id': lastEventId }) },
  })
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toContain('text/event-stream')
  const heard: HeardEvent[] = []
  let ended = false
  const read = async () => {
    let text = ''
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true })
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
        const type = field('event')
        if (type) heard.push({ id: field('id') ?? '', type, data: JSON.parse(field('data') ?? 'null') })
      }
    }
  }
  read()
    .catch(() => {})
    .finally(() => {
      ended = true
    })
  return {
    heard,
    ended: () => ended,
    until: (type) =>
      vi.waitFor(
        () => {
          const event = heard.find((one) => one.type === type)
          if (!event) throw new Error(`no ${type} among ${heard.map((one) => one.type).join(', ')}`)
          return event
        },
        { timeout: 5_000, interval: 10 },
      ),
    close: () => abort.abort(),
  }
}
