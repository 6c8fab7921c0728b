import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fetchRuntime, installedRuntime, runtimeVersion } from '../test/electron-33/runtime.ts'
import { findInstalledChromium } from './chromium.ts'
import { Explained } from './explained.ts'
import { sandboxProblem } from './unprivileged.ts'

export const hostNames = ['electron', 'electron-33', 'stand-in'] as const
export type HostName = (typeof hostNames)[number]

/** What runs the app. */
export interface Host {
  readonly name: HostName
  /** For a person, with its version: `Electron 45.4.1`. */
  readonly title: string
  /** Why this one, in a sentence. */
  readonly why: string
  /** What starts it: a program and its first arguments; the app's folder and its own arguments follow. */
  readonly command: readonly [program: string, ...args: string[]]
}

type Found = { readonly host: Host } | { readonly missing: string }

const electronFolder = join('node_modules', 'electron')
const marks = join('node_modules', '.cache', 'curfew')
const fetchTimeoutMs = 120_000
const probeTimeoutMs = 8_000
const dayMs = 86_400_000
const { CURFEW_HOST: forced, ELECTRON_MIRROR: publisher = 'https://github.com' } = process.env

/**
 * Chooses what runs the app: Electron where its binary is there or can be had, else the Electron 33 test runtime, else
 * the stand-in. `CURFEW_HOST` forces one. That a binary could not be had is remembered for a day.
 *
 * @throws {Explained} where the one that `CURFEW_HOST` forces can't be had
 */
export async function chooseHost(): Promise<Host> {
  if (forced !== undefined && forced !== '') return findHost(forced)
  const electron = await findElectron({ again: false })
  if ('host' in electron) return electron.host
  const older = await findElectron33({ why: electron.missing, again: false })
  if ('host' in older) return older.host
  return standIn(`${electron.missing} ${older.missing}`)
}

/** One line that says which host it is and why. */
export function describeHost({ title, why }: Host): string {
  return `${title}. ${why}`
}

/**
 * The host of that name.
 *
 * @throws {Explained} where it can't be had, or there is none of that name
 */
export async function findHost(name: string): Promise<Host> {
  const why = 'CURFEW_HOST asks for it.'
  if (name === 'stand-in') return standIn(why)
  if (name !== 'electron' && name !== 'electron-33')
    throw new Explained(`CURFEW_HOST is “${name}”; it can be ${hostNames.join(', ')}.`)
  const found =
    name === 'electron' ? await findElectron({ again: true }) : await findElectron33({ why, again: true })
  if ('missing' in found) throw new Explained(`CURFEW_HOST asks for ${name}. ${found.missing}`)
  return found.host
}

/**
 * Makes sure that Electron's own binary is there, for what may be packed with nothing else.
 *
 * @throws {Explained} where it can't be had
 */
export async function ensureElectron(): Promise<void> {
  if (electronExecutable() || ((await isReachable()) && fetchElectron() && electronExecutable())) return
  throw new Explained(
    'Electron’s own binary could not be fetched, and Curfew is packaged with nothing else: try again where its publisher can be reached.',
  )
}

async function findElectron({ again }: { again: boolean }): Promise<Found> {
  const { version } = JSON.parse(readFileSync(join(electronFolder, 'package.json'), 'utf8'))
  const title = `Electron ${version}`
  const present = electronExecutable()
  if (!present && !again && failureToday('electron'))
    return { missing: `${title}’s own binary could not be fetched earlier today.` }
  const executable = present ?? ((await isReachable()) && fetchElectron() ? electronExecutable() : undefined)
  if (!executable) {
    const missing = `${title}’s own binary could not be fetched.`
    rememberFailure('electron', missing)
    return { missing }
  }
  const problem = sandboxProblem()
  if (problem) return { missing: problem }
  const why = present ? 'Its binary is installed.' : 'Its binary has just been fetched.'
  return { host: { name: 'electron', title, why, command: [executable] } }
}

async function findElectron33({ why, again }: { why: string; again: boolean }): Promise<Found> {
  const title = `The Electron ${runtimeVersion} test runtime`
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return { missing: `${title} is for Linux x64 only.` }
  const problem = sandboxProblem()
  if (problem) return { missing: problem }
  const earlier = again ? undefined : failureToday('electron-33')
  try {
    if (!installedRuntime() && earlier !== undefined) return { missing: earlier }
    const executable =
      installedRuntime() ?? (await fetchRuntime((progress) => console.log(`${title}: ${progress} …`)))
    return {
      host: {
        name: 'electron-33',
        title,
        why,
        command: [executable, join('test', 'electron-33', 'loader.js')],
      },
    }
  } catch (error) {
    if (!(error instanceof Explained)) throw error
    rememberFailure('electron-33', error.message)
    return { missing: error.message }
  }
}

function standIn(why: string): Host {
  const runner = join('test', 'electron-on-chromium', 'run.ts')
  return {
    name: 'stand-in',
    title: `The stand-in on ${chromiumVersion()}`,
    why,
    command: [process.execPath, '--disable-warning=ExperimentalWarning', runner],
  }
}

function chromiumVersion(): string {
  const executable = findInstalledChromium()
  const { stdout = '' } = executable ? spawnSync(executable, ['--version'], { encoding: 'utf8' }) : {}
  return /\S+ [\d.]+/.exec(stdout)?.[0] ?? 'Chromium'
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

/** Why a host could not be had earlier today, or `undefined`. */
function failureToday(name: HostName): string | undefined {
  const mark = join(marks, `${name}-could-not-be-had`)
  if (!existsSync(mark) || Date.now() - statSync(mark).mtimeMs > dayMs) return undefined
  return readFileSync(mark, 'utf8') || undefined
}

function rememberFailure(name: HostName, why: string): void {
  mkdirSync(marks, { recursive: true })
  writeFileSync(join(marks, `${name}-could-not-be-had`), why)
}
