import type { Write } from '../database/database.ts'
import type { Actor, Recorder } from './journal.ts'
import type { Holder } from './stored-session.ts'

/**
 * Somebody who changes something, with the one way in which they can: whether they may is read again in the
 * transaction that stores the change.
 */
export interface Author {
  readonly actor: Actor
  /**
   * Runs a change as `Journal.write` does, if its author may still make it.
   *
   * @param work is given the author as they are now, not as they were when the request came
   */
  write<T>(work: (transaction: Write, record: Recorder, holder: Holder) => Promise<T>): Promise<T>
}
