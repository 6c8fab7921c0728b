/** One call of something that would have reached outside the app. */
export interface RecordedCall {
  readonly name: string
  readonly details: unknown
}

/** Every such call so far, the oldest first: dialogs shown, links opened, notifications raised. */
export const recordedCalls: RecordedCall[] = []

export function record(name: string, details: unknown): void {
  recordedCalls.push({ name, details })
}
