import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { PackageKind } from '../updates/signed-feed.ts'

/** How the running Curfew was installed; nothing where it can't be updated in place, as from source. */
export function packageKind(isPackaged: boolean): { readonly kind?: PackageKind } {
  if (!isPackaged) return {}
  // What an MSI installed has no such file, and is updated by the next MSI.
  if (process.platform === 'win32') return isBesideApp('Uninstall Curfew.exe') ? { kind: 'nsis' } : {}
  if (process.platform === 'darwin') return { kind: 'mac' }
  if (process.env['APPIMAGE'] !== undefined) return { kind: 'AppImage' }
  try {
    // electron-builder writes it into what it packs for a package manager.
    const kind = readFileSync(join(process.resourcesPath, 'package-type'), 'utf8').trim()
    return kind === 'deb' || kind === 'rpm' ? { kind } : {}
  } catch {
    return {}
  }
}

const isBesideApp = (name: string) => existsSync(join(dirname(process.execPath), name))
