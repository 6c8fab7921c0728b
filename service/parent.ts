import { fstatSync } from 'node:fs'
import { z } from 'zod'
import { ProofBits } from '../domain/service-proof.ts'
import { OptionsError } from './options.ts'

const parentSecrets = z.strictObject({
  ownerPassword: z.string().optional(),
  demoPassword: z.string().min(8).max(256).optional(),
  proofKey: ProofBits.optional(),
})

/** What only the parent and this process know: neither the environment nor the list of processes shows it. */
export type ParentSecrets = z.output<typeof parentSecrets>

/** The port that Electron gives a utility process; a fork has its IPC channel instead. */
interface ParentPort {
  once(event: 'message', listener: (message: { readonly data: unknown }) => void): void
}

const parentWaitMs = 10_000

/**
 * Waits for the one message `{ ownerPassword?, demoPassword?, proofKey? }` that the parent sends right after it has
 * started this process. The passwords are for a new database; one that exists keeps its own. The key is for this run: with
 * it the service proves to its parent that it is the one that was started.
 *
 * @throws OptionsError where there is no such parent, nothing comes, or it is something else
 */
export async function secretsFromParent(): Promise<ParentSecrets> {
  const { parentPort } = process as unknown as { readonly parentPort?: ParentPort }
  if (!parentPort && !process.connected)
    throw new OptionsError('--secrets-from-parent is for a process that another has forked.')
  const message = await new Promise<unknown>((resolve, reject) => {
    const late = () => reject(new OptionsError('--secrets-from-parent: the parent has sent nothing.'))
    const timer = setTimeout(late, parentWaitMs)
    const take = (told: unknown) => {
      clearTimeout(timer)
      resolve(told)
    }
    if (parentPort) parentPort.once('message', ({ data }) => take(data))
    else process.once('message', take)
  })
  const read = parentSecrets.safeParse(message)
  if (read.success) return read.data
  throw new OptionsError(
    '--secrets-from-parent: the message is {"ownerPassword"?: text, "demoPassword"?: text, "proofKey"?: text}.',
  )
}

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
