import { autoLockMinutes } from '../../domain/lock.ts'
import { fail, type Outcome, succeed } from '../../domain/problem.ts'
import { applySettings, type SettingName, type Settings } from '../../domain/settings.ts'
import type { ChannelInput } from '../../preload/contract/index.ts'
import type { SettingsReading } from '../../preload/contract/settings.ts'
import { applyManaged, fixedSettings, type ManagedSettings, noManagedSettings } from './managed-settings.ts'

/** The app's settings: the person's own, and what an administrator has laid down for this computer. */
export interface AppSettings {
  /** The settings in force. */
  readonly value: Settings
  reading(): SettingsReading
  /** Takes over what an administrator has laid down; the person's own choices are kept beneath it. */
  manage(managed: ManagedSettings): void
  /** Changes the person's own settings; refused as a whole where the organisation has set one of them. */
  change(change: ChannelInput<'settings.write'>): Promise<Outcome<SettingsReading>>
}

/** @param file holds the person's own choices only */
export function createAppSettings(file: {
  readonly value: Settings
  write(value: Settings): Promise<void>
}): AppSettings {
  let managed = noManagedSettings

  const inForce = () => applyManaged(file.value, managed)

  const reading = (): SettingsReading => ({
    settings: inForce(),
    fixed: [...fixedSettings(managed)],
    mostAutoLockMinutes: managed.atMost.autoLockMinutes ?? autoLockMinutes.max,
  })

  return {
    get value() {
      return inForce()
    },
    reading,
    manage(next) {
      managed = next
    },
    async change(change) {
      const changed = Object.keys(change) as SettingName[]
      const fixed = fixedSettings(managed).find(
        (name) => changed.includes(name) && change[name] !== inForce()[name],
      )
      if (fixed)
        return fail({
          code: 'refused',
          message: 'This is set by your organisation and can’t be changed here.',
        })
      const { mostAutoLockMinutes: most } = reading()
      if (change.autoLockMinutes !== undefined && change.autoLockMinutes > most) {
        const message = `Your organisation allows at most ${most} minutes.`
        const error = { field: 'autoLockMinutes', code: 'too-large', message, max: most }
        return fail({ code: 'invalid', message, errors: [error] })
      }
      await file.write(applySettings(file.value, change))
      return succeed(reading())
    },
  }
}
