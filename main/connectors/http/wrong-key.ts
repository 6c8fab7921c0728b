/** A server has shown another key than the one that is pinned. It was sent nothing. */
export class WrongKey extends Error {
  override readonly name = 'WrongKey'
  readonly pinned: string
  readonly shown: string

  constructor(pinned: string, shown: string) {
    super('The server has shown another key than the one that is pinned.')
    this.pinned = pinned
    this.shown = shown
  }

  /** Whether the network has refused a connection for its key. */
  static isRefusal(error: unknown): boolean {
    return error instanceof Error && /PINNED_KEY_NOT_IN_CERT_CHAIN/.test(error.message)
  }
}
