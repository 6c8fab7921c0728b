/** A function that runs `action` once in the next turn of the event loop, however often it was called in this one. */
export function oncePerTurn(action: () => void): () => void {
  let waiting = false
  return () => {
    if (waiting) return
    waiting = true
    setImmediate(() => {
      waiting = false
      action()
    })
  }
}
