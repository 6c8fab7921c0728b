type Answer = (response: Electron.CallbackResponse) => void
type Listener = (details: never, answer: Answer) => void

/** What the hook is told of a request. */
export interface RequestDetails {
  readonly url: string
  readonly method: string
  readonly resourceType: string
}

/** A session's `webRequest`: the hook before a request, without a filter. */
export class StandInWebRequest {
  #listener: Listener | null = null

  /** @throws where a filter comes first, which Electron takes */
  onBeforeRequest(first: Listener | object | null, second?: Listener | null): void {
    if (second !== undefined) throw new Error('The stand-in takes no filter')
    this.#listener = first as Listener | null
  }

  /** Whether the hook cancels this request. */
  async cancels(details: RequestDetails): Promise<boolean> {
    const listener = this.#listener
    if (!listener) return false
    const { cancel } = await new Promise<Electron.CallbackResponse>((resolve) => {
      listener(details as never, resolve)
    })
    return cancel ?? false
  }
}
