import type { CommandKey } from './commands.ts'

const names: Readonly<Record<string, string>> = { f5: 'F5' }
const isMac = () => /Mac/.test(navigator.userAgent)

/** A key as it is written on this system: `Ctrl+K`, `⌘K`, `?`. */
export function keyWords({ key, withCommand }: CommandKey, mac = isMac()): string {
  const name = names[key] ?? key.toUpperCase()
  if (!withCommand) return name
  return mac ? `⌘${name}` : `Ctrl+${name}`
}
