import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a second start tells the first. */
export interface SecondStart {
  readonly argv: readonly string[]
  readonly cwd: string
  readonly additionalData: unknown
}

const pollMs = 100

/**
 * One running app for each data folder. All is done with files, since Electron's call answers at once and the second
 * process usually ends right after it.
 */
export class SingleInstance {
  readonly #folder: string
  readonly #owner: string
  #timer: NodeJS.Timeout | undefined
  isHeld = false

  constructor(userData: string) {
    this.#folder = join(userData, 'single-instance')
    this.#owner = join(this.#folder, 'owner')
  }

  /** Takes the lock, or tells its holder of this start. */
  request(start: SecondStart, onSecondStart: (other: SecondStart) => void): boolean {
    if (this.isHeld) return true
    mkdirSync(this.#folder, { recursive: true })
    if (!this.#take()) {
      const message = join(this.#folder, `${Date.now()}-${process.pid}`)
      writeFileSync(`${message}.part`, JSON.stringify(start))
      renameSync(`${message}.part`, `${message}.start`)
      return false
    }
    this.isHeld = true
    process.once('exit', () => this.release())
    this.#timer = setInterval(() => this.#read(onSecondStart), pollMs)
    this.#timer.unref()
    return true
  }

  release(): void {
    if (!this.isHeld) return
    this.isHeld = false
    clearInterval(this.#timer)
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #take(): boolean {
    for (let attempt = 0; attempt < 2; attempt += 1) {
      try {
        writeFileSync(this.#owner, String(process.pid), { flag: 'wx' })
        return true
      } catch {
        if (isRunning(Number(readFileSync(this.#owner, 'utf8')))) return false
        rmSync(this.#owner, { force: true })
      }
    }
    return false
  }

  #read(onSecondStart: (other: SecondStart) => void): void {
    for (const name of readdirSync(this.#folder).filter((file) => file.endsWith('.start'))) {
      const path = join(this.#folder, name)
      const start: SecondStart = JSON.parse(readFileSync(path, 'utf8'))
      rmSync(path, { force: true })
      onSecondStart(start)
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
