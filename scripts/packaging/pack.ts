import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Arch, build, type CliOptions, Platform } from 'electron-builder'
import type { UnpackedApp } from './inspect.ts'

const platforms = { linux: Platform.LINUX, win32: Platform.WINDOWS, darwin: Platform.MAC } as const
const folders = { linux: 'linux-unpacked', win32: 'win-unpacked', darwin: 'mac-arm64' } as const

/** What is packed, and from what. */
export interface Packing {
  readonly system: UnpackedApp['system']
  readonly arch: 'x64' | 'arm64'
  /** Installers as electron-builder names them, or `dir` for none. */
  readonly targets: readonly string[]
  /** An unpacked Electron to pack instead of the one that belongs to the project. */
  readonly electron: string
  /** Where everything goes. */
  readonly output: string
  readonly version?: string
  /** For the test runtime: the folder of a main module that fills in what it lacks and then runs Curfew's own. */
  readonly prelude?: string
}

/** Packs the app that stands in `dist/`. */
export async function pack(packing: Packing): Promise<UnpackedApp> {
  const { system, arch, targets, electron, output, version, prelude } = packing
  await rm(output, { recursive: true, force: true })
  const options: CliOptions = {
    targets: platforms[system].createTarget([...targets], Arch[arch]),
    publish: 'never',
    config: {
      extends: 'electron-builder.yml',
      electronDist: electron,
      directories: { output },
      extraMetadata: {
        ...(version !== undefined && { version }),
        ...(prelude !== undefined && { main: 'prelude/main.js' }),
      },
      ...(prelude !== undefined && { files: [{ from: prelude, to: 'prelude' }] }),
    },
  }
  await build(options)
  return { system, arch, folder: join(output, folders[system]) }
}
