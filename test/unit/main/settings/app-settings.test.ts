import { describe, expect, test } from 'vitest'
import { defaultSettings, type Settings } from '../../../../domain/settings.ts'
import { createAppSettings } from '../../../../main/settings/app-settings.ts'

function setting(own: Partial<Settings> = {}) {
  const file = {
    value: { ...defaultSettings, ...own },
    async write(next: Settings) {
      file.value = next
    },
  }
  return { file, settings: createAppSettings(file) }
}

describe('the settings in force', () => {
  test('C4: are the person’s own where the organisation has laid nothing down', async () => {
    const { file, settings } = setting()
    expect(await settings.change({ autoLockMinutes: 240, lockOnSystemIdle: false })).toMatchObject({
      ok: true,
    })
    expect(file.value).toEqual({ ...defaultSettings, autoLockMinutes: 240, lockOnSystemIdle: false })
    expect(settings.reading()).toEqual({ settings: file.value, fixed: [], mostAutoLockMinutes: 240 })
  })

  test('C4: what the organisation has set is in force and refused as a whole, and the person’s own is kept beneath', async () => {
    const { file, settings } = setting({ theme: 'light' })
    settings.manage({ fixed: { lockOnMinimise: true, theme: 'dark' }, atMost: {}, faults: [] })
    expect(settings.value).toMatchObject({ lockOnMinimise: true, theme: 'dark' })
    expect(settings.reading().fixed).toEqual(['lockOnMinimise', 'theme'])
    const refused = await settings.change({ theme: 'light', autoLockMinutes: 3 })
    expect(refused).toMatchObject({ ok: false, problem: { code: 'refused' } })
    expect(file.value).toEqual({ ...defaultSettings, theme: 'light' })
    // Saying what holds anyway is no change.
    expect(await settings.change({ theme: 'dark' })).toMatchObject({ ok: true })
    settings.manage({ fixed: {}, atMost: {}, faults: [] })
    expect(settings.value.lockOnMinimise).toBe(false)
  })

  test('C4: more minutes than the organisation allows are refused with the most that may be chosen', async () => {
    const { file, settings } = setting({ autoLockMinutes: 60 })
    settings.manage({ fixed: {}, atMost: { autoLockMinutes: 15 }, faults: [] })
    expect(settings.value.autoLockMinutes).toBe(15)
    expect(await settings.change({ autoLockMinutes: 16 })).toMatchObject({
      ok: false,
      problem: { code: 'invalid', errors: [{ field: 'autoLockMinutes', max: 15 }] },
    })
    expect(await settings.change({ autoLockMinutes: 15 })).toMatchObject({ ok: true })
    expect(file.value.autoLockMinutes).toBe(15)
  })
})
