/** Lets other requests have their turn: long work does a part, waits for this, and goes on. */
export const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))
