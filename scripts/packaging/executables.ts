import { openSync, readFileSync, readSync } from 'node:fs'

/** What a native module or an executable runs on. */
export interface Target {
  readonly system: 'linux' | 'win32' | 'darwin'
  readonly arch: 'x64' | 'arm64' | 'ia32' | 'arm' | 'unknown'
}

const elf: Readonly<Record<number, Target['arch']>> = { 3: 'ia32', 40: 'arm', 62: 'x64', 183: 'arm64' }
const pe: Readonly<Record<number, Target['arch']>> = { 332: 'ia32', 34404: 'x64', 43620: 'arm64' }
const machO: Readonly<Record<number, Target['arch']>> = { 16777223: 'x64', 16777228: 'arm64' }

/** What a file says of itself in its first bytes; `undefined` where it is no executable. */
export function targetOf(path: string): Target | undefined {
  const head = Buffer.alloc(4096)
  readSync(openSync(path, 'r'), head)
  if (head.readUInt32BE(0) === 0x7f454c46)
    return { system: 'linux', arch: elf[head.readUInt16LE(18)] ?? 'unknown' }
  if (head.readUInt32LE(0) === 0xfeedfacf)
    return { system: 'darwin', arch: machO[head.readUInt32LE(4)] ?? 'unknown' }
  if (head.toString('latin1', 0, 2) !== 'MZ') return undefined
  const at = head.readUInt32LE(60)
  return { system: 'win32', arch: pe[head.readUInt16LE(at + 4)] ?? 'unknown' }
}

/** The sizes of the pictures in a Windows icon, in pixels. */
export function sizesOfIco(path: string): readonly number[] {
  const icon = readFileSync(path)
  return Array.from({ length: icon.readUInt16LE(4) }, (_, at) => icon.readUInt8(6 + at * 16) || 256)
}

/** The kinds of picture in a macOS icon: `ic07` is 128 pixels, `ic10` 1024. */
export function kindsOfIcns(path: string): readonly string[] {
  const icon = readFileSync(path)
  const kinds: string[] = []
  for (let at = 8; at < icon.length; at += icon.readUInt32BE(at + 4))
    kinds.push(icon.toString('latin1', at, at + 4))
  return kinds
}

/** A PNG's width and height, in pixels. */
export function sizeOfPng(path: string): readonly [number, number] {
  const png = readFileSync(path)
  return [png.readUInt32BE(16), png.readUInt32BE(20)]
}
