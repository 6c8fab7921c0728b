import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What runs the app: Electron, or the stand-in for it on an installed Chromium. */
export interface Host {
  readonly name: 'Electron' | 'the stand-in (Chromium)'
  /** Why this one, in a sentence. */
  readonly why: string
  /** Electron's executable, where it is Electron. */
  readonly executable?: string
  /** What starts it: a program and its first arguments; the app's folder and its own arguments follow. */
  readonly command: readonly [program: string, ...args: string[]]
}

const electronFolder = join('node_modules', 'electron')
const failedMark = join('node_modules', '.cache', 'curfew', 'electron-could-not-be-had')
const fetchTimeoutMs = 120_000
const probeTimeoutMs = 8_000
const dayMs = 86_400_000
const { CURFEW_HOST: chosen, ELECTRON_MIRROR: publisher = 'https://github.com' } = process.env

/**
 * Chooses the host: Electron where its binary is there or can be had, else the stand-in. `CURFEW_HOST` set to
 * `electron` or `stand-in` decides it. That the binary could not be had is remembered for a day.
 *
 * @throws where `CURFEW_HOST=electron` asks for a binary that can't be had
 */
export async function chooseHost(): Promise<Host> {
  if (chosen === 'stand-in') return standIn('CURFEW_HOST asks for it.')
  const present = electronExecutable()
  if (present) return electron('Its binary is installed.', present)
  if (chosen !== 'electron' && failedToday())
    return standIn('Electron’s binary could not be fetched earlier today.')
  const fetched = (await isReachable()) && fetchElectron() ? electronExecutable() : undefined
  if (fetched) return electron('Its binary has just been fetched.', fetched)
  if (chosen === 'electron')
    throw new Error('CURFEW_HOST asks for Electron, but its binary could not be fetched.')
  rememberFailure()
  return standIn('Electron’s binary is not installed and could not be fetched.')
}

function electron(why: string, executable: string): Host {
  // Chromium's sandbox does not work as root.
  const flags = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return { name: 'Electron', why, executable, command: [executable, ...flags] }
}

function standIn(why: string): Host {
  const runner = join('test', 'electron-on-chromium', 'run.ts')
  return {
    name: 'the stand-in (Chromium)',
    why,
    command: [process.execPath, '--disable-warning=ExperimentalWarning', runner],
  }
}

function electronExecutable(): string | undefined {
  const pathFile = join(electronFolder, 'path.txt')
  if (!existsSync(pathFile)) return undefined
  const executable = join(electronFolder, 'dist', readFileSync(pathFile, 'utf8').trim())
  return existsSync(executable) ? executable : undefined
}

/** Whether the place that Electron's binaries are published at answers, so that being offline costs seconds. */
async function isReachable(): Promise<boolean> {
  try {
    await fetch(publisher, { method: 'HEAD', signal: AbortSignal.timeout(probeTimeoutMs) })
    return true
  } catch {
    return false
  }
}

function fetchElectron(): boolean {
  const install = join(electronFolder, 'install.js')
  return spawnSync(process.execPath, [install], { timeout: fetchTimeoutMs, stdio: 'ignore' }).status === 0
}

function failedToday(): boolean {
  return existsSync(failedMark) && Date.now() - statSync(failedMark).mtimeMs < dayMs
}

function rememberFailure(): void {
  mkdirSync(join(failedMark, '..'), { recursive: true })
  writeFileSync(failedMark, '')
}
