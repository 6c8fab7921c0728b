import type { TypeSurface } from './surface.ts'

interface Wanted {
  readonly exportedValues: string
  readonly surface: Readonly<Record<string, TypeSurface>>
}

const listenerMethods = new Set(['on', 'off', 'once', 'addListener', 'removeListener'])
const words = (text: string) => new Set(text.split(' ').filter((word) => word !== ''))

/**
 * Electron's declarations with everything taken out that is not wanted, so that using it does not compile. They are
 * written by a generator, always in the same layout, which is what this relies on.
 *
 * @throws when something wanted is not there, so that the list can't name what Electron does not have
 */
export function cutDeclarations(declarations: string, { exportedValues, surface }: Wanted): string {
  const lines = declarations.split('\n')
  const kept: string[] = []
  const missing = new Map(
    Object.entries(surface).map(([name, { members, events = '' }]) => [name, words(`${members} ${events}`)]),
  )
  const values = words(exportedValues)
  let inExports = false
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? ''
    if (/^ {2}namespace (Common|Main|Renderer|Utility|CrossProcessExports) \{$/.test(line)) inExports = true
    else if (line === '  }') inExports = false
    const [, name = ''] = /^ {2}(?:interface|class) (\w+)/.exec(line) ?? []
    const typeSurface = surface[name]
    if (typeSurface) {
      const end = lines.indexOf('  }', at)
      kept.push(line, ...cutMembers(lines.slice(at + 1, end), typeSurface, missing.get(name)), '  }')
      at = end
    } else if (!inExports || isWantedExport(line, values)) {
      kept.push(line)
    }
  }
  const absent = [...missing].flatMap(([name, members]) => [...members].map((member) => `${name}.${member}`))
  if (absent.length > 0) throw new Error(`Electron has no ${absent.join(', ')}`)
  return kept.join('\n')
}

/** A namespace of exports has a line for each value, and one for each type. */
function isWantedExport(line: string, values: ReadonlySet<string>): boolean {
  const [, name] = /^ {4}(?:const|class) (\w+)/.exec(line) ?? []
  return name === undefined || values.has(name)
}

function cutMembers(
  lines: readonly string[],
  { members, events = '' }: TypeSurface,
  missing: Set<string> | undefined,
): string[] {
  const wanted = words(members)
  const wantedEvents = words(events)
  const kept: string[] = []
  let member: string[] = []
  let depth = 0
  for (const line of lines) {
    const isComment = /^ *(\/\*\*|\*|\/\/)/.test(line)
    if (isComment && depth === 0) continue
    member.push(line)
    depth += count(line, /[({[]/g) - count(line, /[)}\]]/g)
    if (depth > 0 || !line.trimEnd().endsWith(';')) continue
    const text = member.join('\n')
    member = []
    const name = /^\s*(?:(?:static|readonly|get|set) )*(\w+)/.exec(text)?.[1] ?? ''
    const event = /^\s*\w+\(event: '([^']+)'/.exec(text)?.[1]
    const isWanted =
      event !== undefined && listenerMethods.has(name) ? wantedEvents.has(event) : wanted.has(name)
    if (!isWanted) continue
    missing?.delete(event ?? name)
    kept.push(text)
  }
  return kept
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0
}
