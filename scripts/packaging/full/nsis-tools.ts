import {
  chmodSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

/** Plug-ins that Debian's NSIS brings itself, and DLLs of Windows that scripts call. */
const alreadyThere = new Set([
  'System',
  'nsDialogs',
  'nsExec',
  'BgImage',
  'user32',
  'shell32',
  'kernel32',
  'Kernel32',
  'advapi32',
  'psapi',
])

/**
 * Debian's NSIS where electron-builder looks for the one that it fetches. Plug-ins that Debian lacks are empty shells, and
 * nothing of Windows is run, so that an installer's script is compiled and its contents are packed; it could not be
 * installed.
 *
 * @returns the folder, and what to put into the environment
 */
export function gatherNsis(work: string): Readonly<Record<string, string>> {
  const folder = join(work, 'nsis')
  mkdirSync(join(folder, 'linux'), { recursive: true })
  const debian = '/usr/share/nsis'
  for (const name of readdirSync(debian)) symlinkSync(join(debian, name), join(folder, name))
  symlinkSync('/usr/bin/makensis', join(folder, 'linux', 'makensis'))
  writeFileSync(join(folder, 'elevate.exe'), '')
  const plugins = join(folder, 'windows', 'Plugins', 'x86-unicode')
  mkdirSync(plugins, { recursive: true })
  for (const [name, functions] of calledPlugins())
    writeFileSync(join(plugins, `${name}.dll`), emptyDll(`${name}.dll`, [...functions, '_Unload', 'Unload']))
  const programs = join(work, 'programs')
  mkdirSync(programs)
  // Where Windows would have an installer write its uninstaller.
  writeFileSync(join(programs, 'wine'), `#!/bin/sh\ncp "$1" "\${1%exe}__uninstaller.exe"\n`)
  chmodSync(join(programs, 'wine'), 0o755)
  return {
    ELECTRON_BUILDER_NSIS_DIR: folder,
    ELECTRON_BUILDER_NSIS_RESOURCES_DIR: folder,
    ELECTRON_BUILDER_7ZIP_PATH: '/usr/bin/7za',
    PATH: `${programs}:${process.env['PATH']}`,
  }
}

/** The plug-ins that electron-builder's scripts call, each with its functions. */
function calledPlugins(): ReadonlyMap<string, ReadonlySet<string>> {
  const called = new Map<string, Set<string>>()
  for (const script of globSync('node_modules/app-builder-lib/templates/nsis/**/*.ns[hi]'))
    for (const [, name = '', call = ''] of readFileSync(script, 'utf8').matchAll(
      /\b([A-Za-z0-9]+)::(_?[A-Za-z0-9_]+)/g,
    ))
      if (!alreadyThere.has(name)) called.set(name, (called.get(name) ?? new Set()).add(call))
  return called
}

/** A 32-bit DLL that exports names and does nothing (the format: Microsoft's “PE Format”). */
function emptyDll(name: string, functions: readonly string[]): Buffer {
  const names = [...functions].sort()
  const count = names.length
  const at = 0x1000
  const [addresses, pointers, ordinals] = [40, 40 + 4 * count, 40 + 8 * count]
  const text = [name, ...names].map((one) => Buffer.from(`${one}\0`, 'latin1'))
  const textAt = 40 + 10 * count
  const offsets = text.map(
    (_, index) => textAt + text.slice(0, index).reduce((sum, { length }) => sum + length, 0),
  )
  const codeAt = Math.ceil((textAt + text.reduce((sum, { length }) => sum + length, 0)) / 16) * 16
  const size = codeAt + 1
  const raw = Math.ceil(size / 512) * 512
  const section = Buffer.alloc(raw)
  const directory = [
    0,
    0,
    0,
    at + (offsets[0] ?? 0),
    1,
    count,
    count,
    at + addresses,
    at + pointers,
    at + ordinals,
  ]
  for (const [index, value] of directory.entries()) section.writeUInt32LE(value, index * 4)
  for (const index of names.keys()) {
    section.writeUInt32LE(at + codeAt, addresses + 4 * index)
    section.writeUInt32LE(at + (offsets[index + 1] ?? 0), pointers + 4 * index)
    section.writeUInt16LE(index, ordinals + 2 * index)
  }
  Buffer.concat(text).copy(section, textAt)
  section.writeUInt8(0xc3, codeAt)

  const head = Buffer.alloc(512)
  head.write('MZ', 'latin1')
  head.writeUInt32LE(64, 60)
  head.write('PE\0\0', 64, 'latin1')
  const coff = 68
  for (const [offset, value] of [
    [0, 0x14c],
    [2, 1],
    [16, 224],
    [18, 0x2102],
  ] as const)
    head.writeUInt16LE(value, coff + offset)
  const optional = coff + 20
  head.writeUInt16LE(0x10b, optional)
  const image = at + Math.ceil(size / 0x1000) * 0x1000
  const fields: readonly (readonly [offset: number, value: number])[] = [
    ...([
      [4, raw],
      [16, at + codeAt],
      [20, at],
      [24, at],
      [28, 0x10000000],
      [32, 0x1000],
      [36, 0x200],
    ] as const),
    ...([
      [40, 4],
      [48, 4],
      [56, image],
      [60, 0x200],
      [72, 0x100000],
      [76, 0x1000],
      [80, 0x100000],
      [84, 0x1000],
    ] as const),
    ...([
      [92, 16],
      [96, at],
      [100, size],
    ] as const),
  ]
  for (const [offset, value] of fields) head.writeUInt32LE(value, optional + offset)
  head.writeUInt16LE(2, optional + 68)
  const header = optional + 224
  head.write('.text', header, 'latin1')
  for (const [offset, value] of [
    [8, size],
    [12, at],
    [16, raw],
    [20, 0x200],
    [36, 0x60000020],
  ] as const)
    head.writeUInt32LE(value, header + offset)
  return Buffer.concat([head, section])
}
