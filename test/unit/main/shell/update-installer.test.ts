import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AppImageUpdater } from 'electron-updater'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { installUpdate } from '../../../../main/shell/update-installer.ts'

/** An AppImage that runs, and a downloaded one that leaves a mark when the installer starts it. */
async function desk() {
  const folder = await mkdtemp(join(tmpdir(), 'curfew-install-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const inFolder = (name: string) => join(folder, name)
  await writeFile(inFolder('Curfew.AppImage'), 'the one that runs')
  const content = `#!/bin/sh\nprintf '%s' "$APPIMAGE_EXIT_AFTER_INSTALL" > '${inFolder('mark')}'\n`
  await writeFile(inFolder('Curfew-0.2.0.AppImage'), content)
  await writeFile(inFolder('app-update.yml'), 'updaterCacheDirName: curfew-updater\n')
  vi.stubEnv('APPIMAGE', inFolder('Curfew.AppImage'))
  onTestFinished(() => void vi.unstubAllEnvs())
  const app = {
    version: '0.1.0',
    name: 'Curfew',
    isPackaged: true,
    appUpdateConfigPath: inFolder('app-update.yml'),
    userDataPath: inFolder('data'),
    baseCachePath: inFolder('cache'),
    whenReady: async () => {},
    relaunch() {},
    quit() {},
    onQuit() {},
  }
  const file = {
    url: 'Curfew-0.2.0.AppImage',
    sha512: createHash('sha512').update(content).digest('base64'),
    size: content.length,
    isAdminRightsRequired: false,
  }
  return {
    inFolder,
    content,
    install: (version: string) =>
      installUpdate(
        { version, path: inFolder('Curfew-0.2.0.AppImage'), file },
        async () => new AppImageUpdater(undefined, app),
      ),
  }
}

const read = (path: string) => readFile(path, 'utf8')

describe.skipIf(process.platform !== 'linux')(
  'C7 the downloaded file, handed to electron-updater’s installer',
  () => {
    test('takes the place of the one that runs, and is not left running', async () => {
      const { install, inFolder, content } = await desk()
      await install('0.2.0')
      expect(await read(inFolder('Curfew.AppImage'))).toBe(content)
      expect(await read(inFolder('mark'))).toBe('true')
    })

    test('that is not what was signed any more changes nothing', async () => {
      const { install, inFolder } = await desk()
      await writeFile(inFolder('Curfew-0.2.0.AppImage'), '#!/bin/sh\nexit 0\n')
      await expect(install('0.2.0')).rejects.toThrow('has changed')
      expect(await read(inFolder('Curfew.AppImage'))).toBe('the one that runs')
    })

    test.each(['0.1.0', '0.0.9'])('as %s, which is not newer, changes nothing', async (version) => {
      const { install, inFolder } = await desk()
      await expect(install(version)).rejects.toThrow('does not want')
      expect(await read(inFolder('Curfew.AppImage'))).toBe('the one that runs')
    })
  },
)
