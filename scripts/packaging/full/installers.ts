import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { findHost } from '../../host.ts'
import { pack } from '../pack.ts'
import { windowsSkeleton } from '../skeletons.ts'
import { gatherNsis } from './nsis-tools.ts'

/** The most that a deb may have, in bytes. */
const mostDeb = 110_000_000
const projectNode = join(dirname(createRequire(import.meta.url).resolve('node/package.json')), 'bin', 'node')

/** One thing that was tried with installers, and what was wrong. */
export interface Trial {
  readonly what: string
  readonly faultsIn: () => Promise<readonly string[]>
}

/**
 * Everything that can be tried with Linux's installers on this machine, in order. What is in them is the test runtime, so
 * none of them may go to a person.
 *
 * @param work a folder for all of it
 */
export async function linuxTrials(work: string): Promise<readonly Trial[]> {
  const electron = await bareRuntime(work)
  const prelude = writePrelude(work)
  process.env['CUSTOM_FPM_PATH'] = writeFpm(work)
  process.env['APPIMAGE_TOOLS_PATH'] = gatherAppImageTools(work)
  const make = (targets: readonly string[], output: string, version?: string) =>
    pack({
      system: 'linux',
      arch: 'x64',
      targets,
      electron,
      prelude,
      output: join(work, output),
      ...(version && { version }),
    })
  const only = (folder: string, kind: string) => {
    const [found = ''] = globSync(`*.${kind}`, { cwd: join(work, folder) })
    return join(work, folder, found)
  }
  return [
    {
      what: 'deb and rpm are made, and what they say of themselves',
      faultsIn: async () => {
        await make(['deb', 'rpm'], 'installers')
        return [...debFaults(only('installers', 'deb')), ...rpmFaults(only('installers', 'rpm'))]
      },
    },
    {
      what: 'The AppImage is put together as it should be (it is not started: its launcher is not here)',
      faultsIn: async () => {
        await make(['AppImage'], 'appimage')
        return appImageFaults(only('appimage', 'AppImage'), work)
      },
    },
    {
      what: 'The installer for Windows compiles, and the app is in it (it is not run: that takes Windows)',
      faultsIn: async () => {
        Object.assign(process.env, gatherNsis(work))
        const skeleton = windowsSkeleton(join(work, 'electron-nsis'))
        await pack({
          system: 'win32',
          arch: 'x64',
          targets: ['nsis'],
          electron: skeleton,
          output: join(work, 'nsis-out'),
        })
        const { stdout } = spawnSync('7z', ['l', only('nsis-out', 'exe')], { encoding: 'utf8' })
        return ['app-64.7z', 'Uninstall Curfew.exe']
          .filter((name) => !stdout.includes(name))
          .map((name) => `The installer has no ${name}.`)
      },
    },
    {
      what: 'The deb: installed, started to its first screen in its sandbox, upgraded with the data kept, taken off without a trace',
      faultsIn: async () => {
        await make(['deb'], 'older', '0.0.1')
        return await tryDeb(only('older', 'deb'), only('installers', 'deb'), work)
      },
    },
  ]
}

/** The test runtime without anything of its own in it. */
async function bareRuntime(work: string): Promise<string> {
  const { command } = await findHost('electron-33')
  const folder = join(work, 'runtime')
  cpSync(dirname(command[0]), folder, { recursive: true })
  rmSync(join(folder, 'resources'), { recursive: true })
  return folder
}

function writePrelude(work: string): string {
  const folder = join(work, 'prelude')
  mkdirSync(folder)
  for (const name of ['fill-in.js', 'utility-bridge.js'])
    copyFileSync(join('test', 'electron-33', name), join(folder, name))
  // The other Node can't look into the archive: it runs the same file where it was built.
  writeFileSync(
    join(folder, 'main.js'),
    `import { utilityProcess } from 'electron'
import { fillIn } from './fill-in.js'
fillIn(utilityProcess, ${JSON.stringify(projectNode)}, () => ${JSON.stringify(resolve('dist/node/service.js'))})
await import('../dist/node/main.js')
`,
  )
  return folder
}

function writeFpm(work: string): string {
  const file = join(work, 'fpm')
  const shim = join(import.meta.dirname, 'fpm-shim.ts')
  writeFileSync(
    file,
    `#!/bin/sh\nexec "${projectNode}" --disable-warning=ExperimentalWarning "${shim}" "$@"\n`,
  )
  chmodSync(file, 0o755)
  return file
}

const launcher = 'No launcher stands here.\n'

/** Debian's own tools where electron-builder looks for those that it fetches. */
function gatherAppImageTools(work: string): string {
  const folder = join(work, 'appimage-tools')
  mkdirSync(join(folder, 'runtimes'), { recursive: true })
  mkdirSync(join(folder, 'lib', 'x64'), { recursive: true })
  for (const name of ['mksquashfs', 'desktop-file-validate'])
    symlinkSync(`/usr/bin/${name}`, join(folder, name))
  writeFileSync(join(folder, 'runtimes', 'runtime-x64'), launcher)
  return folder
}

function appImageFaults(image: string, work: string): readonly string[] {
  const root = join(work, 'appimage-root')
  const unpacked = spawnSync(
    'unsquashfs',
    ['-quiet', '-no-progress', '-offset', String(launcher.length), '-dest', root, image],
    { encoding: 'utf8' },
  )
  if (unpacked.status !== 0) return [`The AppImage can’t be unpacked: ${unpacked.stderr}`]
  const desktop = spawnSync('desktop-file-validate', [join(root, 'curfew.desktop')], { encoding: 'utf8' })
  return [
    ...[
      'AppRun',
      'curfew',
      'curfew.desktop',
      'resources/app.asar',
      'usr/share/icons/hicolor/512x512/apps/curfew.png',
    ]
      .filter((name) => !existsSync(join(root, name)))
      .map((name) => `The AppImage has no ${name}.`),
    ...(desktop.status === 0 ? [] : [`The desktop file is not valid: ${desktop.stdout}`]),
  ]
}

function debFaults(deb: string): readonly string[] {
  const say = (...args: readonly string[]) =>
    spawnSync('dpkg-deb', [...args, deb], { encoding: 'utf8' }).stdout
  const control = say('--info')
  const { size } = statSync(deb)
  return [
    ...['libsecret-1-0', 'libgtk-3-0', 'libnss3', 'libasound2', 'libgbm1']
      .filter((name) => !control.includes(name))
      .map((name) => `The deb does not depend on ${name}.`),
    ...(/^ Maintainer: .+ <.+@.+>$/m.test(control) ? [] : ['The deb names no maintainer.']),
    ...(size > mostDeb ? [`The deb has ${size} bytes: ${mostDeb} is the most.`] : []),
  ]
}

function rpmFaults(rpm: string): readonly string[] {
  const say = (...args: readonly string[]) =>
    spawnSync('rpm', ['-qp', ...args, rpm], { encoding: 'utf8' }).stdout
  return [
    ...(say('--requires').includes('libsecret') ? [] : ['The rpm does not require libsecret.']),
    ...(say('--list').includes('/usr/share/applications/curfew.desktop')
      ? []
      : ['The rpm has no desktop file.']),
  ]
}

/**
 * In a copy of this system that is thrown away afterwards, and in it alone: `try-deb.ts`. It is the root itself there, since
 * what is in a changed root gets no user namespace, and so no sandbox.
 */
function tryDeb(older: string, newer: string, work: string): Promise<readonly string[]> {
  const pictures = resolve('test-results')
  mkdirSync(pictures, { recursive: true })
  const root = join(work, 'root')
  const inside = [
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    join(import.meta.dirname, 'try-deb.ts'),
  ]
  const script = `set -e
mount --make-rprivate /
mkdir -p "$1" && mount -t tmpfs -o size=3g tmpfs "$1" && mkdir "$1/up" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/up,workdir=$1/work" "$1/root"
for folder in proc dev sys; do mount --rbind "/$folder" "$1/root/$folder"; done
mount --bind "$2" "$1/root$2"
cd "$1/root" && mkdir -p old-root && pivot_root . old-root && umount --lazy /old-root && rmdir /old-root
cd "$3"
shift 3
exec "$@"`
  const args = [
    script,
    'sh',
    root,
    pictures,
    process.cwd(),
    ...inside,
    older,
    newer,
    '/home/curfew-check',
    pictures,
  ]
  const child = spawn('unshare', ['--mount', '--', 'sh', '-c', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Buffer) => {
      said += data.toString()
    })
  return new Promise((done) => {
    child.once('exit', (code) => done(code === 0 ? [] : said.trim().split('\n').slice(-30)))
  })
}
