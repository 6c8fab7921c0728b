/** What the person is asked outside the window, where nothing in the window can answer. */
export interface Question {
  /** One short sentence that names what it is about. */
  readonly message: string
  readonly detail: string
  /** What the button says that does it; the other one is *Cancel*, and the default. */
  readonly yes: string
}

/**
 * Asks the person in a dialog of the system's own. Whatever ends the signal ends the dialog, as a no.
 *
 * @returns whether they said yes
 */
export type Confirm = (question: Question, signal: AbortSignal) => Promise<boolean>
