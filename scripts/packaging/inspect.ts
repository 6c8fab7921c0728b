import { createHash } from 'node:crypto'
import { globSync, readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { extractFile, getRawHeader, listPackage } from '@electron/asar'
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses'
import { parse as parsePlist } from 'plist'
import { NtExecutable, NtExecutableResource, Resource } from 'resedit'
import manifest from '../../package.json' with { type: 'json' }
import { targetOf } from './executables.ts'

/** An app as electron-builder has unpacked it, before it goes into an installer. */
export interface UnpackedApp {
  readonly system: 'linux' | 'win32' | 'darwin'
  readonly arch: 'x64' | 'arm64' | 'universal'
  /** `linux-unpacked`, `win-unpacked` or the folder with `Curfew.app`. */
  readonly folder: string
}

/** The most that may be shipped, in bytes. Of the archive, electron-updater is 0.45 MB: installers are no work of our own. */
const budgets = { asar: 5_500_000, natives: 400_000, deb: 110_000_000 } as const

/** What stands in the archive, beside `dist/`, which is compared with what was built. */
const shipped = [
  'LICENSE',
  'assets/licences.md',
  'package.json',
  'node_modules/keytar/{LICENSE.md,package.json,lib/keytar.js}',
] as const
const placeOfNative = /^node_modules\/keytar\/prebuilds\/([a-z0-9]+)-([a-z0-9]+)\/keytar\.node$/

const manifestKeys = [
  ...['allowScripts', 'author', 'dependencies', 'description', 'desktopName', 'engines', 'homepage'],
  ...['license', 'main', 'name', 'private', 'productName', 'type', 'version'],
]

const fusesWanted: Readonly<Partial<Record<FuseV1Options, FuseState>>> = {
  [FuseV1Options.RunAsNode]: FuseState.DISABLE,
  [FuseV1Options.EnableCookieEncryption]: FuseState.ENABLE,
  [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: FuseState.DISABLE,
  [FuseV1Options.EnableNodeCliInspectArguments]: FuseState.DISABLE,
  [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: FuseState.ENABLE,
  [FuseV1Options.OnlyLoadAppFromAsar]: FuseState.ENABLE,
  [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: FuseState.DISABLE,
  [FuseV1Options.GrantFileProtocolExtraPrivileges]: FuseState.DISABLE,
}

/** What nothing that is shipped may hold: keys, tokens, and where it was built. */
const secrets: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['a private key', /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s*[A-Za-z0-9+/]{20}/],
  ['a token of npm', /\bnpm_[A-Za-z0-9]{36}\b/],
  ['a token of GitHub', /\bgh[opsu]_[A-Za-z0-9]{36}\b/],
  ['a key of AWS', /\bAKIA[A-Z0-9]{16}\b/],
]

/** Where things are inside an unpacked app. */
function placesIn({ system, folder }: UnpackedApp) {
  const contents = join(folder, 'Curfew.app', 'Contents')
  const executable =
    system === 'darwin'
      ? join(contents, 'MacOS', 'Curfew')
      : join(folder, system === 'win32' ? 'Curfew.exe' : 'curfew')
  const resources = join(system === 'darwin' ? join(contents, 'Resources') : join(folder, 'resources'))
  return { executable, resources, asar: join(resources, 'app.asar'), plist: join(contents, 'Info.plist') }
}

/**
 * Holds an unpacked app against everything that it must and must not be.
 *
 * @returns what is wrong with it, in sentences; empty where it may be shipped
 */
export async function inspect(app: UnpackedApp): Promise<readonly string[]> {
  const { asar } = placesIn(app)
  return [
    ...contentFaults(app, asar),
    ...manifestFaults(asar),
    ...leakFaults(asar),
    ...nativeFaults(app),
    ...integrityFaults(app, asar),
    ...(await fuseFaults(app)),
    ...descriptionFaults(app),
    ...licenceFaults(app),
  ]
}

/** The files of the archive, without its folders. */
function filesIn(asar: string): readonly string[] {
  const all = listPackage(asar, { isPack: false }).map((path) => path.replaceAll('\\', '/').slice(1))
  return all.filter((path) => !all.some((other) => other.startsWith(`${path}/`)))
}

function contentFaults({ system, arch }: UnpackedApp, asar: string): readonly string[] {
  const built = globSync('dist/{node,preload,renderer}/**/*.*', { exclude: ['**/*.map'] }).map((path) =>
    path.replaceAll('\\', '/'),
  )
  const architectures = arch === 'universal' || system === 'darwin' ? ['arm64', 'x64'] : [arch]
  const wanted = new Set([
    ...built,
    ...shipped.flatMap((pattern) => globSync(pattern).map((path) => path.replaceAll('\\', '/'))),
    ...architectures.map((one) => `node_modules/keytar/prebuilds/${system}-${one}/keytar.node`),
  ])
  const found = filesIn(asar)
  const size = statSync(asar).size
  return [
    ...found.filter((path) => !wanted.has(path)).map((path) => `${path} is shipped and not on the list.`),
    ...[...wanted].filter((path) => !found.includes(path)).map((path) => `${path} is missing.`),
    ...(size > budgets.asar ? [`The archive has ${size} bytes: ${budgets.asar} is the most.`] : []),
  ]
}

function manifestFaults(asar: string): readonly string[] {
  const packed = JSON.parse(extractFile(asar, 'package.json').toString()) as Readonly<Record<string, unknown>>
  const keys = Object.keys(packed).filter((key) => packed[key] !== null)
  return [
    ...keys
      .filter((key) => !manifestKeys.includes(key))
      .map((key) => `package.json is shipped with “${key}”.`),
    ...(packed['version'] === manifest.version ? [] : ['package.json is shipped with another version.']),
    ...(['engines', 'allowScripts'].some((key) => packed[key] !== null)
      ? ['package.json is shipped with what only its installation needs.']
      : []),
  ]
}

function leakFaults(asar: string): readonly string[] {
  const places = [process.cwd(), homedir()].filter((path) => path.length > 3 && path !== '/root')
  return filesIn(asar)
    .filter((path) => /\.(c?js|css|html|json|md)$/.test(path))
    .flatMap((path) => {
      const text = extractFile(asar, path).toString('utf8')
      return [
        ...places.filter((place) => text.includes(place)).map((place) => `${path} names ${place}.`),
        ...secrets.filter(([, pattern]) => pattern.test(text)).map(([what]) => `${path} holds ${what}.`),
        ...(/sourceMappingURL=data:/.test(text) ? [`${path} holds its source map.`] : []),
      ]
    })
}

function nativeFaults(app: UnpackedApp): readonly string[] {
  const unpacked = `${placesIn(app).asar}.unpacked`
  const natives = globSync('**/*.node', { cwd: unpacked }).map((path) => path.replaceAll('\\', '/'))
  const size = natives.reduce((sum, path) => sum + statSync(join(unpacked, path)).size, 0)
  const most = budgets.natives * (app.system === 'darwin' ? 2 : 1)
  return [
    ...(natives.length === 0 ? ['There is no native module.'] : []),
    ...natives.flatMap((path) => {
      const [, system, arch] = placeOfNative.exec(path) ?? []
      const target = targetOf(join(unpacked, path))
      return target?.system === system && target?.arch === arch && system === app.system
        ? []
        : [`${path} is for ${target?.system} ${target?.arch}.`]
    }),
    ...(size > most ? [`The native modules have ${size} bytes: ${most} is the most.`] : []),
  ]
}

/** The hash of an archive's header, as the executable of Windows and macOS has to know it. */
function headerHash(asar: string): string {
  return createHash('sha256').update(getRawHeader(asar).headerString).digest('hex')
}

function resourcesOf(executable: string) {
  return NtExecutableResource.from(NtExecutable.from(readFileSync(executable), { ignoreCert: true }))
}

function integrityFaults(app: UnpackedApp, asar: string): readonly string[] {
  // Electron has it on Windows and macOS only.
  if (app.system === 'linux') return []
  const places = placesIn(app)
  const stated =
    app.system === 'darwin'
      ? JSON.stringify(parsePlist(readFileSync(places.plist, 'utf8')))
      : resourcesOf(places.executable)
          .entries.filter(({ type }) => type === 'INTEGRITY')
          .map(({ bin }) => Buffer.from(bin).toString())
          .join()
  return stated.includes(headerHash(asar)) ? [] : ['The executable does not know the hash of its archive.']
}

async function fuseFaults(app: UnpackedApp): Promise<readonly string[]> {
  const { executable } = placesIn(app)
  const wire = await getCurrentFuseWire(app.system === 'darwin' ? join(app.folder, 'Curfew.app') : executable)
  return Object.entries(fusesWanted).flatMap(([fuse, wanted]) => {
    const name = FuseV1Options[Number(fuse)]
    return wire[Number(fuse) as FuseV1Options] === wanted ? [] : [`The fuse ${name} is not as it should be.`]
  })
}

/** What the system shows of the app: its version, its maker, its icon. */
function descriptionFaults(app: UnpackedApp): readonly string[] {
  const places = placesIn(app)
  if (app.system === 'linux') return []
  const faults: string[] = []
  const demand = (what: string, found: unknown, wanted: unknown) => {
    if (found !== wanted) faults.push(`${what} is “${found}” and should be “${wanted}”.`)
  }
  if (app.system === 'darwin') {
    const info = parsePlist(readFileSync(places.plist, 'utf8')) as Readonly<Record<string, unknown>>
    demand('CFBundleIdentifier', info['CFBundleIdentifier'], 'app.curfew.desktop')
    demand('CFBundleShortVersionString', info['CFBundleShortVersionString'], manifest.version)
    demand(
      'NSAllowsArbitraryLoads',
      (info['NSAppTransportSecurity'] as Readonly<Record<string, unknown>>)['NSAllowsArbitraryLoads'],
      false,
    )
    return faults
  }
  const { entries } = resourcesOf(places.executable)
  const [version] = Resource.VersionInfo.fromEntries(entries)
  const said = version?.getStringValues({ lang: 1033, codepage: 1200 }) ?? {}
  demand('ProductName', said['ProductName'], 'Curfew')
  demand('CompanyName', said['CompanyName'], manifest.author.name)
  demand('FileVersion', said['FileVersion'], manifest.version)
  demand('FileDescription', said['FileDescription'], manifest.productName)
  demand('The number of icons', Resource.IconGroupEntry.fromEntries(entries)[0]?.icons.length, 7)
  return faults
}

/** Every package whose code is in the bundles has its licence text beside them; Electron and Chromium have theirs. */
function licenceFaults({ system, folder }: UnpackedApp): readonly string[] {
  if (system === 'darwin') return []
  return ['LICENSE.electron.txt', 'LICENSES.chromium.html']
    .filter((name) => !statSync(join(folder, name), { throwIfNoEntry: false })?.size)
    .map((name) => `${name} is missing.`)
}
