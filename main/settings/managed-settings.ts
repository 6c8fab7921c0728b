import { readFile } from 'node:fs/promises'
import { win32 } from 'node:path'
import { autoLockMinutes } from '../../domain/lock.ts'
import { type SettingName, Settings, strictestSettings } from '../../domain/settings.ts'
import { isContent, parseContent } from '../storage/store.ts'

/** What an administrator has laid down for every user of this computer. */
export interface ManagedSettings {
  /** Settings that nobody can change here: shown as "set by your organisation". */
  readonly fixed: Partial<Settings>
  /** The largest values that may be chosen. */
  readonly atMost: { readonly autoLockMinutes?: number }
  /** What is wrong with the file, in words for the person; the rest of it applies all the same. */
  readonly faults: readonly string[]
}

export const noManagedSettings: ManagedSettings = { fixed: {}, atMost: {}, faults: [] }

const { theme: _theme, autoLockMinutes: _minutes, ...locking } = strictestSettings

/** What stands in for what can't be read: a file that was cut short must not allow more than it did before. */
const whenUnreadable = { fixed: locking, atMost: { autoLockMinutes: autoLockMinutes.min } } as const

/**
 * Where the file of managed settings may be, the first that exists counting. Only an administrator can write to
 * any of them, on Windows once an administrator has made the folder; there the usual one comes before the one of the
 * environment, which a user could change.
 */
export function managedSettingsPaths(
  platform: NodeJS.Platform,
  env: Readonly<Record<string, string | undefined>> = process.env,
): readonly string[] {
  switch (platform) {
    case 'darwin':
      return ['/Library/Application Support/Curfew/policy.json']
    case 'win32': {
      const { ProgramData = 'C:\\ProgramData' } = env
      const paths = ['C:\\ProgramData', ProgramData].map((base) => win32.join(base, 'Curfew', 'policy.json'))
      return [...new Set(paths)]
    }
    default:
      return ['/etc/curfew/policy.json']
  }
}

/**
 * Reads an administrator's file of managed settings:
 * `{ "fixed": { "lockOnSuspend": true }, "atMost": { "autoLockMinutes": 15 } }`.
 *
 * Never rejects. No file lays nothing down; what can't be read or is not known is named in `faults`, and every part
 * that is good applies. What was to be laid down about the lock and can't be read falls to the stricter side.
 *
 * @param paths the first that exists is read, and no other
 */
export async function readManagedSettings(
  paths: readonly string[],
  read: (path: string) => Promise<string> = (path) => readFile(path, 'utf8'),
): Promise<ManagedSettings> {
  for (const path of paths) {
    try {
      return parseManagedSettings(await read(path), path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue
      const why = error instanceof Error ? error.message : String(error)
      const fault = `Your organisation’s policy ${path} can’t be read: ${why}. Until it can, Curfew locks whenever it may, and after ${autoLockMinutes.min} minute.`
      return { ...whenUnreadable, faults: [fault] }
    }
  }
  return noManagedSettings
}

function parseManagedSettings(text: string, path: string): ManagedSettings {
  const laidDown = parseContent(text)
  const faults: string[] = []
  const fault = (key: string, what: string) =>
    faults.push(`Your organisation’s policy ${path}: “${key}” ${what}.`)

  const section = (name: 'fixed' | 'atMost'): Record<string, unknown> => {
    const value = laidDown[name]
    if (value === undefined) return {}
    if (isContent(value)) return value
    fault(name, `is not an object, and was replaced by Curfew’s strictest`)
    return whenUnreadable[name]
  }

  for (const key of Object.keys(laidDown)) {
    if (key !== 'fixed' && key !== 'atMost') fault(key, 'is not known, and was left out')
  }
  let fixed: Partial<Settings> = {}
  let atMost: ManagedSettings['atMost'] = {}
  const boundToLeast = (key: string) => {
    atMost = whenUnreadable.atMost
    const { min, max } = autoLockMinutes
    fault(
      key,
      `has to be a whole number from ${min} to ${max}; ${autoLockMinutes.min} is the most until then`,
    )
  }
  for (const [key, value] of Object.entries(section('atMost'))) {
    const minutes = Settings.shape.autoLockMinutes.safeParse(value)
    if (key !== 'autoLockMinutes') fault(`atMost.${key}`, 'is not known, and was left out')
    else if (minutes.success) atMost = { autoLockMinutes: minutes.data }
    else boundToLeast('atMost.autoLockMinutes')
  }
  for (const [key, value] of Object.entries(section('fixed'))) {
    if (!Object.hasOwn(Settings.shape, key)) fault(`fixed.${key}`, 'is not known, and was left out')
    else if (Settings.partial().safeParse({ [key]: value }).success) fixed = { ...fixed, [key]: value }
    else if (key === 'autoLockMinutes') boundToLeast('fixed.autoLockMinutes')
    else if (key in locking) {
      fixed = { ...fixed, [key]: true }
      fault(`fixed.${key}`, 'has a value that is not allowed, and was taken as switched on')
    } else fault(`fixed.${key}`, 'has a value that is not allowed, and was left out')
  }
  return { fixed, atMost, faults }
}

/** The settings in force: the user's own, bounded and overridden by the administrator's. */
export function applyManaged(settings: Settings, { fixed, atMost }: ManagedSettings): Settings {
  const bounded = { ...settings, ...fixed }
  const minutes = Math.min(bounded.autoLockMinutes, atMost.autoLockMinutes ?? autoLockMinutes.max)
  return { ...bounded, autoLockMinutes: minutes }
}

/** The settings that are shown as "set by your organisation" and can't be changed. */
export const fixedSettings = ({ fixed }: ManagedSettings): readonly SettingName[] =>
  Object.keys(fixed) as SettingName[]
