import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isRunning } from './is-running.ts'

const pollMs = 100

/**
 * One running app for each data folder. All is done with files, since Electron's call answers at once and the second
 * process usually ends right after it.
 */
export class SingleInstance {
  readonly #folder: string
  readonly #owner: string
  #isHeld = false

  constructor(userData: string) {
    this.#folder = join(userData, 'single-instance')
    this.#owner = join(this.#folder, 'owner')
  }

  /** Takes the lock, or tells its holder of this start. */
  request(onSecondStart: () => void): boolean {
    if (this.#isHeld) return true
    mkdirSync(this.#folder, { recursive: true })
    this.#isHeld = this.#take()
    if (!this.#isHeld) {
      writeFileSync(join(this.#folder, `${process.pid}.start`), '')
      return false
    }
    process.once('exit', () => rmSync(this.#folder, { recursive: true, force: true }))
    setInterval(() => {
      for (const name of readdirSync(this.#folder).filter((file) => file.endsWith('.start'))) {
        rmSync(join(this.#folder, name), { force: true })
        onSecondStart()
      }
    }, pollMs).unref()
    return true
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
}
