import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build as buildPlist } from 'plist'
import { NtExecutable, NtExecutableResource, Resource } from 'resedit'

/** What stands before an executable's fuses, as @electron/fuses looks for it; then come a version, their number, and they. */
const fuseSentinel = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'
const fuses = '000000000'
const fuseWire = Buffer.concat([
  Buffer.from(fuseSentinel),
  Buffer.from([1, fuses.length]),
  Buffer.from(fuses),
])

/** The licence texts that every Electron brings. */
function writeLicences(folder: string): void {
  writeFileSync(join(folder, 'LICENSE'), 'The licence of Electron stands here.\n')
  writeFileSync(join(folder, 'LICENSES.chromium.html'), 'The licences of Chromium stand here.\n')
}

/**
 * What electron-builder takes for an Electron of Windows and does all its work on: an executable without code that carries
 * fuses and version information. What comes out can be inspected and not run.
 */
export function windowsSkeleton(folder: string): string {
  mkdirSync(join(folder, 'resources'), { recursive: true })
  mkdirSync(join(folder, 'locales'), { recursive: true })
  for (const locale of ['en-US', 'de']) writeFileSync(join(folder, 'locales', `${locale}.pak`), '')
  const executable = NtExecutable.createEmpty(false, false)
  const resources = NtExecutableResource.from(executable)
  const version = Resource.VersionInfo.createEmpty()
  version.lang = 1033
  version.setStringValues(
    { lang: 1033, codepage: 1200 },
    { CompanyName: 'GitHub, Inc.', FileDescription: 'Electron', ProductName: 'Electron' },
  )
  version.outputToResourceEntries(resources.entries)
  resources.outputResource(executable)
  writeFileSync(join(folder, 'electron.exe'), Buffer.concat([Buffer.from(executable.generate()), fuseWire]))
  writeLicences(folder)
  return folder
}

/** The same for Linux. */
export function linuxSkeleton(folder: string): string {
  mkdirSync(join(folder, 'resources'), { recursive: true })
  mkdirSync(join(folder, 'locales'), { recursive: true })
  for (const locale of ['en-US', 'de']) writeFileSync(join(folder, 'locales', `${locale}.pak`), '')
  for (const name of ['electron', 'chrome-sandbox', 'chrome_crashpad_handler']) {
    writeFileSync(join(folder, name), name === 'electron' ? fuseWire : '')
    chmodSync(join(folder, name), 0o755)
  }
  writeLicences(folder)
  return folder
}

/** The same for macOS: the folders and property lists of Electron.app, with the fuses in its framework. */
export function macSkeleton(folder: string): string {
  const contents = join(folder, 'Electron.app', 'Contents')
  const frameworks = join(contents, 'Frameworks')
  writeApp(join(folder, 'Electron.app'), 'Electron')
  for (const helper of ['', ' (GPU)', ' (Plugin)', ' (Renderer)'])
    writeApp(join(frameworks, `Electron Helper${helper}.app`), `Electron Helper${helper}`)
  const framework = join(frameworks, 'Electron Framework.framework')
  const version = join(framework, 'Versions', 'A')
  mkdirSync(join(version, 'Resources'), { recursive: true })
  writeFileSync(join(version, 'Electron Framework'), fuseWire)
  for (const language of ['en', 'en_GB', 'de']) {
    const folder = join(version, 'Resources', `${language}.lproj`)
    mkdirSync(folder)
    writeFileSync(join(folder, 'locale.pak'), '')
  }
  symlinkSync('A', join(framework, 'Versions', 'Current'))
  for (const name of ['Electron Framework', 'Resources'])
    symlinkSync(join('Versions', 'Current', name), join(framework, name))
  mkdirSync(join(contents, 'Resources', 'en.lproj'), { recursive: true })
  writeLicences(folder)
  return folder
}

function writeApp(app: string, name: string): void {
  mkdirSync(join(app, 'Contents', 'MacOS'), { recursive: true })
  const executable = join(app, 'Contents', 'MacOS', name)
  writeFileSync(executable, '')
  chmodSync(executable, 0o755)
  const info = {
    CFBundleExecutable: name,
    CFBundleIdentifier: 'com.github.Electron',
    CFBundleName: name,
    CFBundleDisplayName: name,
    CFBundlePackageType: 'APPL',
    CFBundleVersion: '1',
    NSAppTransportSecurity: { NSAllowsArbitraryLoads: true },
  }
  writeFileSync(join(app, 'Contents', 'Info.plist'), buildPlist(info))
}
