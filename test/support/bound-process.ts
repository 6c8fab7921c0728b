import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'

/** A program that ends with this process, however this process ends. */
export interface BoundProcess {
  /** The first line it printed. */
  readonly firstLine: string
  /** Ends it and waits until it has. Calling it again does nothing. */
  stop(): Promise<void>
}

/**
 * Starts a program and waits for its first line of output.
 *
 * Rejects, with what it printed, when it ends first or prints none within ten seconds.
 */
export async function startBound(
  command: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<BoundProcess> {
  // The shell ends the program when its own standard input closes, which it does however this process dies.
  const child = spawn(
    '/bin/sh',
    ['-c', '"$@" </dev/null & cat >/dev/null; kill $!; wait $!', 'sh', ...command],
    {
      env,
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  )
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const stop = async () => {
    child.ref()
    child.stdin.end()
    await ended
  }
  try {
    const firstLine = await firstLineOf(child, command[0] ?? '')
    // It runs as long as this process does, and doesn't keep it running.
    child.unref()
    for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as Socket).unref()
    return { firstLine, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function firstLineOf(child: ChildProcess, name: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let errors = ''
    const fail = (why: string) => reject(new Error(`${name} ${why}. It printed: ${errors}`))
    const timer = setTimeout(() => fail('printed nothing for ten seconds'), 10_000)
    child.stderr?.on('data', (data: Buffer) => {
      errors = (errors + data.toString()).slice(-4_000)
    })
    child.once('error', reject)
    child.once('exit', (code) => fail(`ended with ${code}`))
    if (child.stdout === null) return
    createInterface(child.stdout).once('line', (line) => {
      clearTimeout(timer)
      resolve(line)
    })
  })
}
