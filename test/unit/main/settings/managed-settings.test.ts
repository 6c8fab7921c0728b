import { describe, expect, test } from 'vitest'
import { defaultSettings, strictestSettings } from '../../../../domain/settings.ts'
import { applyManaged, fixedSettings } from '../../../../main/settings/managed-settings.ts'
import { readManagedFile } from '../../../../main/settings/managed-settings-file.ts'

const ofRoot = { uid: 0, mode: 0o755 }
/** A policy file with this in it, all of it root's. */
const reading = (text: string) =>
  readManagedFile('/policy.json', (uid) => uid === 0, {
    lstat: async () => ofRoot,
    stat: async () => ofRoot,
    realpath: async (path) => path,
    readFile: async () => text,
  })

describe('an administrator’s policy file', () => {
  test('fixes settings, and says which', async () => {
    const managed = await reading('{ "fixed": { "autoLockMinutes": 5, "lockOnMinimise": true } }')
    expect(managed.faults).toEqual([])
    expect(fixedSettings(managed)).toEqual(['autoLockMinutes', 'lockOnMinimise'])
    expect(applyManaged({ ...defaultSettings, autoLockMinutes: 60 }, managed)).toMatchObject({
      autoLockMinutes: 5,
      lockOnMinimise: true,
      lockOnSuspend: true,
    })
  })

  test('bounds the minutes: a longer choice is cut, a shorter one stays', async () => {
    const managed = await reading('{ "atMost": { "autoLockMinutes": 15 } }')
    expect(applyManaged({ ...defaultSettings, autoLockMinutes: 60 }, managed).autoLockMinutes).toBe(15)
    expect(applyManaged({ ...defaultSettings, autoLockMinutes: 5 }, managed).autoLockMinutes).toBe(5)
    expect(fixedSettings(managed)).toEqual([])
  })

  test('bounds what the same file fixes', async () => {
    const managed = await reading(
      '{ "fixed": { "autoLockMinutes": 60 }, "atMost": { "autoLockMinutes": 15 } }',
    )
    expect(applyManaged(defaultSettings, managed).autoLockMinutes).toBe(15)
  })

  test('names what it does not know or allow, and applies the rest', async () => {
    const managed = await reading(
      '{ "fixed": { "autoLockMinutes": 0, "colour": "red", "lockOnSuspend": true, "lockOnMinimise": "no", "toString": 1 }, "atMost": { "autoLockMinutes": 999, "theme": 1 }, "extra": 1 }',
    )
    expect(managed.fixed).toEqual({ lockOnSuspend: true, lockOnMinimise: true })
    expect(managed.atMost).toEqual({ autoLockMinutes: 1 })
    expect(managed.faults.join('\n')).toMatch(/“extra” is not known/)
    expect(managed.faults.join('\n')).toMatch(/“fixed.autoLockMinutes” has to be a whole number/)
    expect(managed.faults.join('\n')).toMatch(/“fixed.lockOnMinimise” .*taken as switched on/)
    expect(managed.faults.join('\n')).toMatch(/“fixed.colour” is not known/)
    expect(managed.faults.join('\n')).toMatch(/“fixed.toString” is not known/)
    expect(managed.faults.join('\n')).toMatch(
      /“atMost.autoLockMinutes” has to be a whole number from 1 to 240/,
    )
    expect(managed.faults.join('\n')).toMatch(/“atMost.theme” is not known/)
    expect(managed.faults).toHaveLength(7)
  })

  test.each(['', 'not JSON', '[]', 'null', '7', '{ "fixed": [], "atMost": 7 }'])(
    'that can’t be understood (%j) falls to the stricter side and is named',
    async (text) => {
      const managed = await reading(text)
      const loose = { ...defaultSettings, autoLockMinutes: 240, lockOnSuspend: false, theme: 'dark' } as const
      const inForce = applyManaged(loose, managed)
      expect(inForce).toEqual({ ...strictestSettings, autoLockMinutes: 1, theme: 'dark' })
      expect(managed.faults.length).toBeGreaterThan(0)
      expect(managed.faults[0]).toContain('/policy.json')
    },
  )

  test('may begin with a byte-order mark', async () => {
    const managed = await reading('\uFEFF{ "fixed": { "lockOnSuspend": true } }')
    expect(managed).toEqual({ fixed: { lockOnSuspend: true }, atMost: {}, faults: [] })
  })

  const key = Buffer.alloc(32, 7).toString('base64')

  test('C7 names the feed of updates and the keys that sign it, or switches updates off', async () => {
    const updates = async (value: unknown) => (await reading(JSON.stringify({ updates: value }))).updates
    expect(await updates({ feed: 'https://mirror.example/curfew', keys: [key] })).toEqual({
      feed: 'https://mirror.example/curfew/',
      keys: [key],
    })
    expect(await updates({ feed: 'https://mirror.example/' })).toEqual({ feed: 'https://mirror.example/' })
    expect(await updates('off')).toBe('off')
    expect((await reading('{}')).updates).toBeUndefined()
  })

  test.each([
    ['on'],
    [null],
    [[]],
    [true],
    [{ feed: 'http://mirror.example/' }],
    [{ feed: 'https://user:secret@mirror.example/' }],
    [{ feed: 'https://mirror.example/?token=1' }],
    [{ feed: 'file:///srv/curfew' }],
    [{ feed: 7 }],
    [{ keys: [] }],
    [{ keys: key }],
    [{ keys: [key, 'short'] }],
    [{ feed: 'https://mirror.example/', allowUnsigned: true }],
  ])('C7 %j about updates can’t be meant, switches them off, and is named', async (value) => {
    const { updates, faults } = await reading(JSON.stringify({ updates: value }))
    expect(updates).toBe('off')
    expect(faults).toEqual([expect.stringMatching(/“updates.*until then there are no updates/)])
  })

  test('C7 fixes whether updates are looked for; what can’t be read there counts as off', async () => {
    const { fixed, faults } = await reading('{ "fixed": { "checkForUpdates": "no" } }')
    expect(fixed).toEqual({ checkForUpdates: false })
    expect(faults).toEqual([expect.stringContaining('taken as switched off')])
    expect((await reading('{ "fixed": { "checkForUpdates": true } }')).fixed).toEqual({
      checkForUpdates: true,
    })
  })
})

test('C4 a policy file that was cut short, wherever, allows no more than the whole one', async () => {
  const whole = JSON.stringify({
    fixed: { lockOnSuspend: true, lockOnScreenLock: true, lockOnSystemIdle: true },
    atMost: { autoLockMinutes: 5 },
    updates: 'off',
  })
  for (let length = 0; length < whole.length; length++) {
    const { fixed, atMost, updates, faults } = await reading(whole.slice(0, length))
    expect(fixed, whole.slice(0, length)).toMatchObject({ lockOnSuspend: true, lockOnScreenLock: true })
    expect(atMost.autoLockMinutes).toBeLessThanOrEqual(5)
    expect(updates).toBe('off')
    expect(faults).toHaveLength(1)
  }
})
