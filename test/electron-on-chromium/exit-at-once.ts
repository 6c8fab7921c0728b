import { flushCompileCache } from 'node:module'

/**
 * Lets `process.exit` end the process whatever its threads do.
 *
 * Node waits for the threads of its pool, and a native module may hold one for ever: a keychain whose bus does not
 * answer does. Becoming another program, which does nothing but end with the same code, waits for nobody. Windows has
 * no such thing.
 */
export function exitAtOnce(): void {
  if (process.platform === 'win32' || !process.execve) return
  const { execve } = process
  Object.assign(process, {
    /** What `process.exit` calls once all listeners have heard of it. */
    reallyExit(code = 0): void {
      flushCompileCache()
      execve('/bin/sh', ['sh', '-c', `exit ${Number(code) & 255}`], {})
    },
  })
}
