import { expect, test } from 'vitest'
import { defaultSettings, strictestSettings } from '../../../../domain/settings.ts'
import { applyManaged, noManagedSettings } from '../../../../main/settings/managed-settings.ts'
import {
  parseRegistry,
  readManagedRegistry,
  regExe,
} from '../../../../main/settings/managed-settings-registry.ts'

/**
 * The shapes that `reg.exe query` is described to print: lines end in CRLF, and one is empty between keys. Written by hand:
 * none was recorded on Windows.
 */
const printed = (...lines: string[]) => `${['', ...lines, ''].join('\r\n')}\r\n`
const key = 'HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Curfew'
const others = [
  'HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Adobe',
  'HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Google',
]

const laidDown = printed(
  `${key}\\atMost`,
  '    autoLockMinutes    REG_DWORD    0xf',
  '',
  `${key}\\fixed`,
  '    lockOnSuspend    REG_DWORD    0x1',
  '    lockOnMinimise    REG_DWORD    0x0',
  '    theme    REG_SZ    dark',
)

/** A registry that prints this for each key. */
const registry = (answers: Readonly<Record<string, string | Error>>) => async (args: readonly string[]) => {
  const answer = answers[args.join(' ')] ?? new Error('Command failed: exit code 1')
  if (answer instanceof Error) throw answer
  return answer
}
const parent = 'HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies'
const withOurs = printed(...others, key)

test('what is laid down in the registry is what the same file would lay down', async () => {
  const managed = await readManagedRegistry(registry({ [parent]: withOurs, [`${key} /s`]: laidDown }))
  expect(managed).toEqual({
    fixed: { lockOnSuspend: true, lockOnMinimise: false, theme: 'dark' },
    atMost: { autoLockMinutes: 15 },
    faults: [],
  })
})

test('a computer without our key has no policy, and the key is not asked for', async () => {
  for (const answer of [printed(...others), printed(`${key}Plus`), ''])
    expect(await readManagedRegistry(registry({ [parent]: answer }))).toEqual(noManagedSettings)
})

test.each<readonly [string, Readonly<Record<string, string | Error>>]>([
  ['reg.exe is missing or fails', {}],
  ['our key is there and can’t be read', { [parent]: withOurs }],
  [
    'reg.exe was ended for printing too much',
    { [parent]: withOurs, [`${key} /s`]: new RangeError('stdout maxBuffer length exceeded') },
  ],
  [
    'a value stands where none can be',
    { [parent]: withOurs, [`${key} /s`]: printed('    lockOnSuspend    REG_DWORD    0x0') },
  ],
  [
    'a value was cut short',
    { [parent]: withOurs, [`${key} /s`]: printed(`${key}\\fixed`, '    lockOnSuspend    REG') },
  ],
])('C4 where %s, the strictest holds and the person is told', async (_, answers) => {
  const managed = await readManagedRegistry(registry(answers))
  expect(applyManaged({ ...defaultSettings, autoLockMinutes: 240 }, managed)).toEqual(strictestSettings)
  expect(managed.faults).toEqual([expect.stringContaining(key)])
})

test('C4 a switch of another type than a number counts as on, and minutes of another as 1', async () => {
  const odd = printed(
    `${key}\\fixed`,
    '    lockOnSuspend    REG_SZ    false',
    '    lockOnScreenLock    REG_DWORD    0x2',
    '    lockOnSystemIdle    REG_MULTI_SZ    0\\01',
    '    lockOnMinimise    REG_SZ',
    `${key}\\atMost`,
    '    autoLockMinutes    REG_SZ    200',
  )
  const managed = await readManagedRegistry(registry({ [parent]: withOurs, [`${key} /s`]: odd }))
  const { theme: _theme, autoLockMinutes: _minutes, checkForUpdates: _updates, ...allOn } = strictestSettings
  expect(managed.fixed).toEqual(allOn)
  expect(managed.atMost).toEqual({ autoLockMinutes: 1 })
  expect(managed.faults).toHaveLength(5)
})

test('C7 updates are a key with feed and keys, or a value that switches them off, whatever stands beside it', async () => {
  const publicKey = Buffer.alloc(32, 7).toString('base64')
  const named = [
    `${key}\\Updates`,
    '    Feed    REG_SZ    https://mirror.example/',
    `    keys    REG_MULTI_SZ    ${publicKey}\\0${publicKey}`,
  ]
  const read = async (...lines: readonly string[]) =>
    readManagedRegistry(registry({ [parent]: withOurs, [`${key} /s`]: printed(...lines) }))
  expect(await read(...named)).toMatchObject({
    updates: { feed: 'https://mirror.example/', keys: [publicKey, publicKey] },
    faults: [],
  })
  expect((await read(key, '    updates    REG_SZ    off', ...named)).updates).toBe('off')
  expect((await read(`${key}\\fixed`, '    checkForUpdates    REG_DWORD    0x0')).fixed).toEqual({
    checkForUpdates: false,
  })
})

test('keys and values are found whatever stands around them and however they are written', () => {
  const localised = printed(
    '! REG.EXE VERSION 3.0',
    'hkey_local_machine\\software\\policies\\CURFEW',
    '    (Standard)    REG_SZ    (Wert nicht gesetzt)',
    `${key}\\ATMOST`,
    '    AutoLockMinutes    REG_QWORD    0x1e',
    `${key}\\fixed`,
    '    LOCKONSUSPEND    REG_DWORD    0x1',
    '    an unknown name    REG_EXPAND_SZ    a    b',
    '    Theme    REG_SZ    light',
    `${key}\\fixed\\deeper`,
    '    lockOnSuspend    REG_DWORD    0x0',
    `${key}\\More`,
    'Suchende: 5 Übereinstimmungen gefunden.',
  )
  const expected = {
    '(Standard)': '(Wert nicht gesetzt)',
    atMost: { autoLockMinutes: 30 },
    fixed: { lockOnSuspend: true, 'an unknown name': 'a    b', theme: 'light' },
    'fixed\\deeper': { lockOnSuspend: false },
    More: {},
  }
  expect(parseRegistry(localised)).toEqual(expected)
  expect(parseRegistry(localised.replaceAll('\r\n', '\n'))).toEqual(expected)
})

const onWindows = process.platform === 'win32'

test.skipIf(onWindows)(
  'reg.exe is asked by its full path in Windows’s own folder; a computer without one (only Windows has it) can’t be read',
  async () => {
    await expect(regExe({ SystemRoot: 'D:\\Windows', Path: '/bin' })(['HKLM'])).rejects.toMatchObject({
      code: 'ENOENT',
      path: 'D:\\Windows\\System32\\reg.exe',
    })
    await expect(regExe({})(['HKLM'])).rejects.toMatchObject({ path: 'C:\\Windows\\System32\\reg.exe' })
  },
)

test.skipIf(!onWindows)('Windows’s own reg.exe is understood (where there is one)', async () => {
  expect(parseRegistry(await regExe(process.env)([parent]))).toEqual({})
  expect(await readManagedRegistry(regExe(process.env))).toEqual(noManagedSettings)
})
