import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { readdir, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { build } from 'electron-builder'
import { Explained, explainFailures } from './explained.ts'
import { ensureElectron } from './host.ts'
import { billOfMaterials } from './packaging/bill-of-materials.ts'
import { signFeeds } from './packaging/feed.ts'
import { inspect, type UnpackedApp } from './packaging/inspect.ts'

/**
 * `npm run package`: the installers of this system, with their checksums and the bill of materials, in `release/`. Nothing
 * is published. What is packed is Electron itself, never what the tests run on.
 */
explainFailures()
const release = 'release'
/** Where electron-builder leaves the app of each kind before it goes into installers. */
const unpackedFolders: readonly (UnpackedApp & { readonly folder: string })[] = [
  { system: 'linux', arch: 'x64', folder: 'linux-unpacked' },
  { system: 'linux', arch: 'arm64', folder: 'linux-arm64-unpacked' },
  { system: 'win32', arch: 'x64', folder: 'win-unpacked' },
  { system: 'win32', arch: 'arm64', folder: 'win-arm64-unpacked' },
  { system: 'darwin', arch: 'universal', folder: 'mac-universal' },
]

await ensureElectron()
await rm(release, { recursive: true, force: true })
const { status } = spawnSync('npm', ['run', '--silent', 'build'], {
  stdio: 'inherit',
  shell: process.platform === 'win32',
})
if (status !== 0) process.exit(status ?? 1)
await build({ publish: 'never' })

const unpacked = unpackedFolders
  .map((app) => ({ ...app, folder: join(release, app.folder) }))
  .filter(({ folder }) => existsSync(folder))
const faults = (await Promise.all(unpacked.map((app) => inspect(app)))).flat()
if (unpacked.length === 0) faults.push('electron-builder left no app to inspect.')
if (faults.length > 0) throw new Explained(`What was packed must not be shipped:\n  ${faults.join('\n  ')}`)

const key = process.env['CURFEW_UPDATE_KEY']
if (key) signFeeds(release, key)
else
  console.log('CURFEW_UPDATE_KEY is not set: the feed of updates is not signed, and no Curfew will take it.')
await writeFile(join(release, 'sbom.cdx.json'), billOfMaterials())
const files = (await readdir(release, { withFileTypes: true }))
  .filter((entry) => entry.isFile() && !entry.name.startsWith('builder-'))
  .map(({ name }) => join(release, name))
  .sort()
const sums = await Promise.all(files.map(async (file) => `${await sha256(file)}  ${basename(file)}\n`))
await writeFile(join(release, 'SHA256SUMS'), sums.join(''))
console.log(
  `\nReady to be tried:\n${[...files, join(release, 'SHA256SUMS')].map((file) => `  ${file}`).join('\n')}`,
)

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}
