import { execFile } from 'node:child_process'
import { win32 } from 'node:path'
import { Settings } from '../../domain/settings.ts'
import {
  type ManagedSettings,
  noManagedSettings,
  parseManagedSettings,
  unreadableSettings,
} from './managed-settings.ts'

/** Where Windows keeps what an organisation lays down; only administrators may write there. */
const policies = 'HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies'
const ownKey = `${policies}\\Curfew`

/** Answers what `reg.exe query` printed; rejects where it failed, took too long or printed too much. */
export type QueryRegistry = (args: readonly string[]) => Promise<string>

/**
 * Reads what an administrator has laid down in `HKLM\SOFTWARE\Policies\Curfew`: its keys `fixed` and `atMost` hold one
 * value a setting, switches as REG_DWORD 0 or 1; `updates` is a REG_SZ `off`, or a key with `feed` and `keys` (REG_MULTI_SZ). Never rejects. No key lays nothing down.
 */
export async function readManagedRegistry(query: QueryRegistry): Promise<ManagedSettings> {
  try {
    // reg.exe fails alike for what isn't there and for what it can't read, in the language of the system. So the key above is asked.
    const keys = registryKeys(await query([policies]))
    if (!keys.some((key) => sameName(key, ownKey))) return noManagedSettings
    return parseManagedSettings(parseRegistry(await query([ownKey, '/s'])), ownKey)
  } catch (error) {
    return unreadableSettings(ownKey, error)
  }
}

const sameName = (one: string, other: string) => one.toLowerCase() === other.toLowerCase()

const linesOf = (printed: string) => printed.split(/\r?\n/).map((line) => line.trimEnd())

function registryKeys(printed: string): readonly string[] {
  return linesOf(printed).filter((line) => /^HKEY_/i.test(line))
}

/** `    lockOnSuspend    REG_DWORD    0x1`; a name may have blanks in it, and text may be empty. */
const valueLine = /^ {4}(?<name>.+?) {4}(?<type>REG_[A-Z0-9_]+)(?: {4}(?<text>.*))?$/

/**
 * What `reg.exe query HKLM\SOFTWARE\Policies\Curfew /s` printed, as the object that a policy file holds. Names are the
 * same in capitals and small letters there. What stands around keys and values is of no account.
 *
 * @throws {Error} where a value can't be read
 */
export function parseRegistry(printed: string): Record<string, unknown> {
  const found: Record<string, unknown> = {}
  let values: Record<string, unknown> | undefined
  for (const line of linesOf(printed)) {
    if (/^HKEY_/i.test(line)) values = valuesOf(line)
    else if (/^\s+\S/.test(line)) {
      const { name, type, text = '' } = valueLine.exec(line)?.groups ?? {}
      if (name === undefined || type === undefined || values === undefined)
        throw new Error(`“${line.trim().slice(0, 100)}” is not understood`)
      const known = settingNames.find((setting) => sameName(setting, name))
      values[known ?? name] = readValue(known, type, text)
    }
  }
  return found

  function valuesOf(key: string): Record<string, unknown> | undefined {
    if (sameName(key, ownKey)) return found
    if (!key.toLowerCase().startsWith(`${ownKey.toLowerCase()}\\`)) return undefined
    const own = key.slice(ownKey.length + 1)
    const section: Record<string, unknown> = {}
    // A value of that name stays: what is switched off is not switched on by a key beside it.
    found[sections.find((name) => sameName(name, own)) ?? own] ??= section
    return section
  }
}

const sections = ['fixed', 'atMost', 'updates']
const settingNames = [...Object.keys(Settings.shape), 'updates', 'feed', 'keys']

/** A switch is a number there. Text stays text, other types too: no setting is of them, and they are named as a fault. */
function readValue(setting: string | undefined, type: string, text: string): unknown {
  if (setting === 'keys' && type === 'REG_MULTI_SZ') return text.split('\\0')
  if (type !== 'REG_DWORD' && type !== 'REG_QWORD') return text
  const number = Number(text)
  const isSwitch = setting?.startsWith('lockOn') || setting === 'checkForUpdates'
  if (isSwitch && (number === 0 || number === 1)) return number === 1
  return number
}

/** The most that is read, in bytes, and waited for, in milliseconds. */
const bounds = { maxBuffer: 1 << 20, timeout: 10_000 } as const

/**
 * Windows's own `reg.exe`, by its full path: a folder of the search path may be anybody's.
 *
 * @param env where it says which folder Windows is in; asked only after the usual one, since a user can change it
 */
export function regExe(env: Readonly<Record<string, string | undefined>>): QueryRegistry {
  const folders = ['C:\\Windows', env['SystemRoot']].filter((folder) => folder !== undefined)
  return async (args) => {
    let missing: unknown
    for (const folder of folders) {
      try {
        return await run(win32.join(folder, 'System32', 'reg.exe'), ['query', ...args])
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
        missing = error
      }
    }
    throw missing
  }
}

function run(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { ...bounds, encoding: 'latin1', windowsHide: true }, (error, stdout) => {
      if (error) reject(error)
      else resolve(stdout)
    })
  })
}
