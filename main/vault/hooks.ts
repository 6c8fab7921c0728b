/** What is called when something happens, in the order it was added. */
export type Hooks<T> = Set<(value: T) => void | Promise<void>>

export type Unsubscribe = () => void

type Log = (what: string, error: unknown) => void

/** Does what may fail without holding up the rest; resolves when it is done, and what it fails with goes to the log. */
export async function attemptHook(log: Log, what: string, action: () => void | Promise<void>): Promise<void> {
  try {
    await action()
  } catch (error) {
    log(`${what} failed`, error)
  }
}

/** {@link attemptHook} that nobody waits for. */
export function runHook(log: Log, what: string, action: () => void | Promise<void>): void {
  void attemptHook(log, what, action)
}

/** A function that adds to the set, and answers the one that takes it away again. */
export function subscribeTo<T>(set: Set<T>): (member: T) => Unsubscribe {
  return (member) => {
    set.add(member)
    return () => set.delete(member)
  }
}
