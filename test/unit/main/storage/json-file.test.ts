import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { defaultSettings, SettingsFile } from '../../../../domain/settings.ts'
import { openJsonFile } from '../../../../main/storage/json-file.ts'

let path: string
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'curfew-file-')), 'settings.json')
})
const open = () => openJsonFile(path, SettingsFile, defaultSettings)

test('a settings file that is not there yet holds the defaults', () => {
  expect(open().value).toEqual(defaultSettings)
})

test('what is written is read again, by its owner only', async () => {
  await open().write({ ...defaultSettings, autoLockMinutes: 25 })
  expect(open().value.autoLockMinutes).toBe(25)
  if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600)
})

test('a file of an earlier version keeps what it says and gets the rest by default', () => {
  writeFileSync(path, '{"theme":"dark"}')
  expect(open().value).toEqual({ ...defaultSettings, theme: 'dark' })
})

test.each(['{"theme":', '{"autoLockMinutes":0}', '[]', '', '{"theme":"dark","autoLockMinutes":"10"}'])(
  'an unreadable file (%s) is kept aside as it was, and the app goes on with the defaults',
  (text) => {
    writeFileSync(path, text)
    const file = open()
    expect(file.value).toEqual(defaultSettings)
    expect(file.setAside).toMatch(/settings\.unreadable-.*\.json$/)
    expect(readFileSync(file.setAside ?? '', 'utf8')).toBe(text)
    expect(readdirSync(join(path, '..'))).toHaveLength(1)
  },
)
