import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import type { AppUpdater, UpdateInfo } from 'electron-updater'
import type { BaseUpdater } from 'electron-updater/out/BaseUpdater.js'
import type { ReadyUpdate } from '../updates/updates.ts'

/** How long the system's installer may take to accept the file. */
const withinMs = 60_000

/**
 * Hands a downloaded and verified file to electron-updater, which knows each system's installer. Nothing else of it is
 * used: it is given no network and asks no feed.
 *
 * Rejects where the installer did not take the file.
 *
 * @param loadUpdater only tests have a reason to give another one
 */
export async function installUpdate(
  update: ReadyUpdate,
  loadUpdater: () => Promise<AppUpdater> = async () => (await import('electron-updater')).autoUpdater,
): Promise<void> {
  const updater = await loadUpdater()
  const isBase = 'install' in updater
  updater.autoDownload = false
  // On macOS this hands the file to the system at once; elsewhere it would wait for a `quit` that never comes.
  updater.autoInstallOnAppQuit = !isBase
  updater.autoRunAppAfterInstall = false
  updater.allowDowngrade = false
  updater.allowPrerelease = false
  updater.disableDifferentialDownload = true
  updater.disableWebInstaller = true
  updater.logger = null
  // Its one way to the network: what was downloaded is copied instead.
  Object.assign(updater, { httpExecutor: { download: (_url: URL, to: string) => copyAsSigned(update, to) } })
  updater.setFeedURL({ provider: 'custom', updateProvider: providerOf(update) } as never)
  await new Promise<void>((resolve, reject) => {
    setTimeout(() => reject(new Error('The installer did not take the update in time')), withinMs).unref()
    updater.on('error', reject)
    handOver(updater, resolve).catch(reject)
  })
}

async function handOver(updater: AppUpdater, taken: () => void): Promise<void> {
  const checked = await updater.checkForUpdates()
  if (!checked?.isUpdateAvailable) throw new Error('The installer does not want the update')
  await updater.downloadUpdate()
  if ('install' in updater) {
    if (!(updater as BaseUpdater).install(true, false)) throw new Error('The installer did not start')
    taken()
    return
  }
  // macOS: the app is asked to quit once the system has the update, and is quitting already.
  Object.assign(updater, { app: { quit: taken } })
  updater.quitAndInstall()
}

/** What electron-updater is told has been released: this file, and no other. */
function providerOf({ version, file }: ReadyUpdate) {
  const info: UpdateInfo = {
    version,
    files: [file],
    path: file.url,
    sha512: file.sha512,
    releaseDate: new Date(0).toISOString(),
  }
  return function provider() {
    return {
      fileExtraDownloadHeaders: null,
      setRequestHeaders() {},
      getLatestVersion: async () => info,
      // Nothing answers there, and nothing asks.
      resolveFiles: () => [{ url: new URL(file.url, 'https://update.invalid/'), info: file }],
    }
  }
}

/** Copies while hashing, so that what the installer gets is what was signed, byte by byte. */
async function copyAsSigned({ path, file }: ReadyUpdate, to: string): Promise<void> {
  const hash = createHash('sha512')
  const [from, copy] = [await open(path), await open(to, 'wx', 0o600)]
  try {
    for await (const piece of from.createReadStream({ autoClose: false })) {
      hash.update(piece as Buffer)
      await copy.writeFile(piece as Buffer)
    }
  } finally {
    await Promise.all([from.close(), copy.close()])
  }
  if (hash.digest('base64') !== file.sha512) throw new Error('The downloaded update has changed')
}
