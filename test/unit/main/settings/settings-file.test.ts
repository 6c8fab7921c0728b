import { describe, expect, test } from 'vitest'
import { defaultSettings, SettingName, Settings } from '../../../../domain/settings.ts'
import { settingsLayout } from '../../../../main/settings/settings-file.ts'

function reading(content: Record<string, unknown>) {
  const told: string[] = []
  const value = settingsLayout.read(content, (field, does) => told.push(`${field}: ${does}`))
  return { value, told }
}

describe('C4 the settings file', () => {
  test('C4 says only what was chosen: the rest has its default', () => {
    expect(reading({ theme: 'dark' })).toEqual({ value: { ...defaultSettings, theme: 'dark' }, told: [] })
  })

  test.each([0, -5, 241, 1e9, 2.5, '10', 'soon', null, [], {}, true])(
    'C4 with %j for the minutes locks after one minute, whatever else it says',
    (autoLockMinutes) => {
      const { value, told } = reading({ autoLockMinutes, theme: 'dark' })
      expect(value).toEqual({ ...defaultSettings, autoLockMinutes: 1, theme: 'dark' })
      expect(told).toEqual([
        'autoLockMinutes: Curfew locks after 1 minute without activity until you choose in Settings.',
      ])
    },
  )

  const switches = SettingName.options.filter((name) => typeof defaultSettings[name] === 'boolean')
  test.each(switches.flatMap((name) => ['false', 0, null, [], 'no'].map((value) => [name, value] as const)))(
    'C4 with %s: %j locks there, and says so',
    (name, bad) => {
      const { value, told } = reading({ [name]: bad, autoLockMinutes: 30 })
      expect(value).toEqual({ ...defaultSettings, autoLockMinutes: 30, [name]: true })
      expect(told).toHaveLength(1)
      expect(told[0]).toContain(name)
    },
  )

  test('C4 that is damaged as a whole is taken for the strictest, which is allowed itself', () => {
    const { value } = settingsLayout.unreadable
    expect(Settings.parse(value)).toEqual(value)
    expect(value.autoLockMinutes).toBe(1)
    for (const name of switches) expect(value[name], name).toBe(true)
  })

  test('C4 keeps what it does not know when a setting is chosen', () => {
    expect(settingsLayout.write(defaultSettings, { zoom: 2, theme: 'purple' })).toEqual({
      zoom: 2,
      ...defaultSettings,
    })
  })
})
