import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { defaultSettings, strictestSettings } from '../../../../domain/settings.ts'
import {
  applyManaged,
  type ManagedSettings,
  noManagedSettings,
} from '../../../../main/settings/managed-settings.ts'
import {
  type PolicyFiles,
  readManagedFile,
  rootSeenAs,
} from '../../../../main/settings/managed-settings-file.ts'
import { managedSettingsFile } from '../../../../main/settings/managed-settings-source.ts'

const loose = { ...defaultSettings, autoLockMinutes: 240, lockOnSuspend: false, lockOnScreenLock: false }
const policy = '{ "fixed": { "lockOnSuspend": false }, "atMost": { "autoLockMinutes": 200 } }'

function expectStrictest(managed: ManagedSettings, why: RegExp): void {
  expect(applyManaged(loose, managed)).toEqual(strictestSettings)
  expect(managed.faults).toEqual([expect.stringMatching(why)])
}

describe('whose file it is', () => {
  interface Entry {
    readonly uid?: number
    readonly mode?: number
    readonly link?: string
  }
  const maya = 1000
  const isRoot = (uid: number) => uid === 0

  /** A computer's files, by path; what is not said of one is root's and only root may write to it. */
  function filesOf(entries: Readonly<Record<string, Entry>>): PolicyFiles {
    const at = (path: string): Entry => {
      const entry = entries[path]
      if (!entry) throw Object.assign(new Error(`no such file: ${path}`), { code: 'ENOENT' })
      return entry
    }
    const realpathOf = (path: string) => at(path).link ?? path
    const standing = ({ uid = 0, mode = 0o755 }: Entry) => ({ uid, mode })
    return {
      lstat: async (path) => standing(at(path)),
      stat: async (path) => standing(at(realpathOf(path))),
      realpath: async (path) => {
        const real = realpathOf(path)
        at(real)
        return real
      },
      readFile: async (path) => {
        at(path)
        return policy
      },
    }
  }
  const path = '/etc/curfew/policy.json'
  const usual = { '/': {}, '/etc': {}, '/etc/curfew': {}, [path]: { mode: 0o644 } }
  const reading = (entries: Readonly<Record<string, Entry>>) =>
    readManagedFile(path, isRoot, filesOf({ ...usual, ...entries }))

  test('a file that only an administrator could have written counts', async () => {
    const managed = await reading({})
    expect(managed).toEqual({
      fixed: { lockOnSuspend: false },
      atMost: { autoLockMinutes: 200 },
      faults: [],
    })
  })

  test.each<readonly [string, Record<string, Entry>, RegExp]>([
    ['is a user’s', { [path]: { uid: maya } }, /policy.json does not belong to an administrator/],
    [
      'its group may write to',
      { [path]: { mode: 0o664 } },
      /others .* may write to \/etc\/curfew\/policy.json/,
    ],
    ['everybody may write to', { [path]: { mode: 0o646 } }, /others .* may write to/],
    ['is in a user’s folder', { '/etc/curfew': { uid: maya } }, /\/etc\/curfew does not belong/],
    ['is in a folder of a group', { '/etc/curfew': { mode: 0o775 } }, /write to \/etc\/curfew\./],
    ['is in everybody’s folder', { '/etc/curfew': { mode: 0o757 } }, /write to \/etc\/curfew\./],
    ['is in a folder like /tmp', { '/etc/curfew': { mode: 0o1777 } }, /write to \/etc\/curfew\./],
    ['is below a user’s folder', { '/etc': { uid: maya } }, /\/etc does not belong/],
    ['is below everybody’s folder', { '/etc': { mode: 0o777 } }, /write to \/etc\./],
    [
      'is a link to a user’s file',
      { [path]: { link: '/home/maya/p' }, '/home/maya/p': { uid: maya }, '/home/maya': {}, '/home': {} },
      /\/home\/maya\/p does not belong/,
    ],
    [
      'is a link into a user’s folder',
      { [path]: { link: '/home/maya/p' }, '/home/maya/p': {}, '/home/maya': { uid: maya }, '/home': {} },
      /\/home\/maya does not belong/,
    ],
    ['is a link that leads nowhere', { [path]: { link: '/nix/gone' } }, /no such file/],
  ])('C4 one that %s counts as the strictest, and the person is told', async (_, entries, why) => {
    expectStrictest(await reading(entries), why)
  })

  test('C4 a folder that others may write to is no better once the file has been deleted', async () => {
    const { [path]: _, ...withoutFile } = usual
    const files = filesOf({ ...withoutFile, '/etc/curfew': { mode: 0o777 } })
    expectStrictest(await readManagedFile(path, isRoot, files), /others .* may write to \/etc\/curfew\./)
    expect(await readManagedFile(path, isRoot, filesOf(withoutFile))).toEqual(noManagedSettings)
  })

  test('a link to another place of root’s counts, and a shared folder above where nobody moves what is another’s', async () => {
    const linked = {
      [path]: { link: '/nix/store/p' },
      '/nix/store/p': { mode: 0o444 },
      '/nix/store': {},
      '/nix': { mode: 0o1775 },
    }
    expect((await reading(linked)).faults).toEqual([])
  })

  test('no folder is no policy', async () => {
    expect(await readManagedFile(path, isRoot, filesOf({ '/': {}, '/etc': {} }))).toEqual(noManagedSettings)
  })

  test('one that may not be read counts as the strictest', async () => {
    const files = filesOf(usual)
    const refusing = (what: 'lstat' | 'stat' | 'realpath' | 'readFile') => ({
      ...files,
      [what]: async () => {
        throw Object.assign(new Error('permission denied'), { code: 'EACCES' })
      },
    })
    for (const what of ['lstat', 'stat', 'realpath', 'readFile'] as const)
      expectStrictest(await readManagedFile(path, isRoot, refusing(what)), /permission denied/)
  })
})

describe.skipIf(process.platform === 'win32')(
  'on a real file system (skipped on Windows, which has no such owners)',
  () => {
    let folder = ''
    beforeEach(async () => {
      folder = await realpath(await mkdtemp(join(tmpdir(), 'policy-')))
    })
    afterEach(() => rm(folder, { recursive: true }))

    const isMine = (uid: number) => uid === 0 || uid === process.getuid?.()

    test('what counts is who may write there', async () => {
      const place = join(folder, 'curfew')
      const file = join(place, 'policy.json')
      expect(await readManagedFile(file, isMine)).toEqual(noManagedSettings)
      await mkdir(place, { mode: 0o755 })
      expect(await readManagedFile(file, isMine)).toEqual(noManagedSettings)
      await writeFile(file, policy, { mode: 0o644 })
      expect((await readManagedFile(file, isMine)).atMost).toEqual({ autoLockMinutes: 200 })
      await chmod(file, 0o666)
      expectStrictest(await readManagedFile(file, isMine), /may write to .*policy.json/)
      await chmod(file, 0o644)
      await chmod(place, 0o777)
      expectStrictest(await readManagedFile(file, isMine), /may write to .*curfew\./)
      await chmod(place, 0o755)
      expectStrictest(await readManagedFile(file, () => false), /curfew does not belong to an administrator/)
      await rm(file)
      await symlink('gone', file)
      expectStrictest(await readManagedFile(file, isMine), /ENOENT/)
    })
  },
)

describe('root is known in a user namespace too', () => {
  test.each([
    ['outside of any', '         0          0 4294967295\n', 0],
    ['where root was given another number', '      1000          0          1\n', 1000],
    ['where the user calls themselves root', '         0       1000          1\n', 65534],
    ['in a container of the user’s', '0 1000 1\n1 100000 65536\n', 65534],
    ['where only the user is known', '      1000       1000          1\n', 65534],
    ['where nobody is', '', 65534],
  ])('%s', (_, map, root) => {
    expect(rootSeenAs(map, '65534\n')).toBe(root)
  })
})

test('the file is where each system keeps such files', () => {
  expect(managedSettingsFile('linux')).toBe('/etc/curfew/policy.json')
  expect(managedSettingsFile('darwin')).toBe('/Library/Application Support/Curfew/policy.json')
})
