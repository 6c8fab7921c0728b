import { autoLockMinutes } from '../../domain/lock.ts'
import { type SettingName, Settings, strictestSettings } from '../../domain/settings.ts'
import { type Content, isContent } from '../storage/store.ts'
import { type ManagedUpdates, readFeedAddress, readKey } from './update-source.ts'

/** What an administrator has laid down for every user of this computer. */
export interface ManagedSettings {
  /** Settings that nobody can change here: shown as "set by your organisation". */
  readonly fixed: Partial<Settings>
  /** The largest values that may be chosen. */
  readonly atMost: { readonly autoLockMinutes?: number }
  /** Where updates come from, or that there are none; absent where nothing is laid down about them. */
  readonly updates?: ManagedUpdates
  /** What is wrong with the file, in words for the person; the rest of it applies all the same. */
  readonly faults: readonly string[]
}

export const noManagedSettings: ManagedSettings = { fixed: {}, atMost: {}, faults: [] }

const { theme: _theme, autoLockMinutes: _minutes, checkForUpdates: _updates, ...locking } = strictestSettings

/** What stands in for what can't be read: a file that was cut short must not allow more than it did before. */
const whenUnreadable = {
  fixed: locking,
  atMost: { autoLockMinutes: autoLockMinutes.min },
  updates: 'off',
} as const

/** Reads what an administrator has laid down, anew at every call. Never rejects. */
export type ReadManagedSettings = () => Promise<ManagedSettings>

/**
 * What holds where something is laid down and can't be read, or could have been written by somebody else: the strictest.
 *
 * @param place where it stands, in words for the person
 */
export function unreadableSettings(place: string, error: unknown): ManagedSettings {
  const why = error instanceof Error ? error.message : String(error)
  const fault = `Your organisation’s policy ${place} can’t be read: ${why}. Until it can, Curfew locks whenever it may, after ${autoLockMinutes.min} minute, and looks for no updates.`
  return { ...whenUnreadable, faults: [fault] }
}

/**
 * Understands what an administrator laid down:
 * `{ "fixed": { "lockOnSuspend": true }, "atMost": { "autoLockMinutes": 15 }, "updates": "off" }`.
 *
 * What is not known or not allowed is named in `faults`, and every part that is good applies. What was to be laid down
 * about the lock and can't be understood falls to the stricter side.
 *
 * @param place where it stands, in words for the person
 */
export function parseManagedSettings(laidDown: Content, place: string): ManagedSettings {
  const faults: string[] = []
  const fault = (key: string, what: string) =>
    faults.push(`Your organisation’s policy ${place}: “${key}” ${what}.`)

  const section = (name: 'fixed' | 'atMost'): Record<string, unknown> => {
    const value = laidDown[name]
    if (value === undefined) return {}
    if (isContent(value)) return value
    fault(name, `is not an object, and was replaced by Curfew’s strictest`)
    return whenUnreadable[name]
  }

  for (const key of Object.keys(laidDown)) {
    if (!['fixed', 'atMost', 'updates'].includes(key)) fault(key, 'is not known, and was left out')
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
    } else if (key === 'checkForUpdates') {
      fixed = { ...fixed, [key]: false }
      fault(`fixed.${key}`, 'has a value that is not allowed, and was taken as switched off')
    } else fault(`fixed.${key}`, 'has a value that is not allowed, and was left out')
  }
  const { updates: asked } = laidDown
  const updates = asked === undefined ? undefined : parseUpdates(asked, fault)
  return { fixed, atMost, ...(updates && { updates }), faults }
}

/** Whatever can't be read switches updates off: nobody is asked whom the organisation may not have meant. */
function parseUpdates(value: unknown, fault: (key: string, what: string) => void): ManagedUpdates {
  const off = (key: string, what: string): ManagedUpdates => {
    fault(key, `${what}; until then there are no updates`)
    return 'off'
  }
  if (value === 'off') return value
  if (!isContent(value)) return off('updates', 'has to be “off”, or an object with “feed” and “keys”')
  const unknown = Object.keys(value).find((key) => key !== 'feed' && key !== 'keys')
  if (unknown !== undefined) return off(`updates.${unknown}`, 'is not known')
  const { feed, keys } = value
  const address = readFeedAddress(feed)
  if (feed !== undefined && address === undefined)
    return off('updates.feed', 'has to be an https address without a user name, a query or a fragment')
  const known = Array.isArray(keys) ? keys.map(readKey) : []
  const good = known.filter((key) => key !== undefined)
  if (keys !== undefined && (good.length === 0 || good.length < known.length))
    return off('updates.keys', 'has to be a list of Ed25519 public keys, 32 bytes in base64 each')
  return { ...(address !== undefined && { feed: address }), ...(keys !== undefined && { keys: good }) }
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
