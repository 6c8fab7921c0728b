import { type ChildProcess, fork, type StdioOptions } from 'node:child_process'
import { EventEmitter } from 'node:events'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

const childEntry = fileURLToPath(new URL('utility-child.ts', import.meta.url))
const running = new Set<ChildProcess>()

process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Electron's `UtilityProcess`: a Node process of its own, which ends with its app. */
class StandInUtilityProcess extends EventEmitter {
  readonly stdout: Readable | null
  readonly stderr: Readable | null
  readonly #child: ChildProcess

  constructor(modulePath: string, args: readonly string[], { stdio, env }: Electron.ForkOptions) {
    super()
    const [input, output, errors] = Array.isArray(stdio) ? stdio : ['ignore', stdio, stdio]
    this.#child = fork(childEntry, [modulePath, ...args], {
      stdio: [input, output, errors, 'ipc'] as StdioOptions,
      execArgv: ['--disable-warning=ExperimentalWarning'],
      env: (env ?? process.env) as NodeJS.ProcessEnv,
    })
    running.add(this.#child)
    this.stdout = this.#child.stdout
    this.stderr = this.#child.stderr
    this.#child.once('error', (error) => this.emit('error', 'FatalError', '', String(error)))
    this.#child.once('exit', (code, signal) => {
      running.delete(this.#child)
      this.emit('exit', code ?? (signal === 'SIGTERM' ? 15 : 9))
    })
  }

  postMessage(message: unknown): void {
    this.#child.send(message as object)
  }

  kill(): boolean {
    return this.#child.kill('SIGTERM')
  }
}

export const utilityProcess = {
  fork: (
    modulePath: string,
    args: readonly string[] = [],
    options: Electron.ForkOptions = {},
  ): StandInUtilityProcess => new StandInUtilityProcess(modulePath, args, options),
}
