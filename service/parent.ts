import { fstatSync } from 'node:fs'

/**
 * Calls back when the process that started this one is gone, however it was started: the IPC channel of a fork
 * closes, a pipe on stdin ends, or the parent's process id is no longer its own.
 */
export function whenParentGoes(onGone: () => void): void {
  if (process.connected) process.once('disconnect', onGone)
  try {
    const stdin = fstatSync(0)
    if (stdin.isFIFO() || stdin.isSocket()) process.stdin.once('end', onGone).once('close', onGone).resume()
  } catch {
    // There is no stdin, as in Electron's utility processes.
  }
  const parent = process.ppid
  const isThere = () => {
    if (process.ppid !== parent) return false
    try {
      process.kill(parent, 0)
      return true
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EPERM'
    }
  }
  const timer = setInterval(() => {
    if (isThere()) return
    clearInterval(timer)
    onGone()
  }, 500)
  timer.unref()
}
