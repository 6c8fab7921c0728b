import { globSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { parseSync } from 'vite'

/** The folders of the product, each with what it may import beside itself. */
const folders: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  service: ['domain/'],
  preload: ['domain/'],
  main: ['domain/', 'preload/contract/'],
  renderer: ['domain/', 'preload/contract/'],
}

/** Where Node's own modules can be had. */
const onNode = ['service/', 'main/']
/** Where Electron can be had: everything else in `main` runs in plain Node with its ports handed in. */
const onElectron = /^(preload\/|main\/shell\/|main\/index\.ts$)|\.electron\.ts$/

/**
 * The floors inside a folder, from the top down: what begins so imports only what stands on the same floor or below. What
 * is on none of them is the ground.
 */
const floors: readonly string[][] = [
  [
    'main/index.ts',
    'main/curfew.ts',
    'main/shell/',
    'main/ipc/',
    'main/administration/',
    'main/jobs/',
    'main/updates/',
    'main/instances/',
    'main/connectors/',
    'main/vault/',
    'main/keyring/',
    'main/keychain/',
    'main/settings/',
    'main/storage/',
  ],
  ['renderer/main.tsx', 'renderer/app/', 'renderer/screens/', 'renderer/components/', 'renderer/state/'],
]

const screenOf = (path: string) => /^renderer\/screens\/[^/]+\//.exec(path)?.[0]

/** The longest file of the product, in lines. */
const longestFile = 400

/**
 * What is wrong with an import, or `undefined`.
 *
 * @param from the file that imports, from the root of the repository
 * @param to what it names: a path from the root, or the name of a package
 */
export function importFault(from: string, to: string): string | undefined {
  const [own = ''] = from.split('/')
  if (/^electron(-updater)?(\/|$)/.test(to))
    return onElectron.test(from)
      ? undefined
      : 'only preload, main/shell, main/index.ts and *.electron.ts import Electron'
  if (isBuiltin(to))
    return onNode.some((folder) => from.startsWith(folder)) ? undefined : `${own}/ runs without Node`
  if (to.startsWith(`${own}/`)) return floorFault(from, to)
  const allowed = folders[own] ?? []
  if (!isOurs(to) || allowed.some((folder) => to.startsWith(folder))) return undefined
  return `${own}/ imports ${allowed.length > 0 ? `only ${allowed.join(' and ')}` : 'no other folder'}`
}

const isOurs = (path: string) => /^(domain|service|preload|main|renderer|test|scripts)\//.test(path)

function floorFault(from: string, to: string): string | undefined {
  const [screen, other] = [screenOf(from), screenOf(to)]
  if (screen && other && screen !== other) return 'a screen imports no other screen'
  for (const floor of floors) {
    const at = (path: string) => {
      const found = floor.findIndex((start) => path.startsWith(start))
      return found === -1 ? floor.length : found
    }
    if (at(to) < at(from)) return `${floor[at(to)]} stands above it`
  }
  return undefined
}

/** Every module that a source names, whichever way: `import`, `export from`, `import()`, `require()`, a type's `import()`. */
export function importsOf(path: string, source: string): readonly string[] {
  const found: string[] = []
  const look = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    if (Array.isArray(node)) {
      for (const child of node) look(child)
      return
    }
    const one = node as Readonly<Record<string, unknown>>
    const named = one['type'] === 'CallExpression' ? requiredBy(one) : one['source']
    const text = literal(named)
    if (text !== undefined) found.push(text)
    for (const child of Object.values(one)) look(child)
  }
  look(parseSync(path, source).program)
  return found
}

function requiredBy({ callee, arguments: given }: Readonly<Record<string, unknown>>): unknown {
  const { name } = callee as { readonly name?: unknown }
  return name === 'require' && Array.isArray(given) ? given[0] : undefined
}

/** The text of a string, or of a template without holes. */
function literal(node: unknown): string | undefined {
  if (typeof node !== 'object' || node === null) return undefined
  const { value, quasis } = node as {
    readonly value?: unknown
    readonly quasis?: readonly { readonly value: { readonly cooked: string } }[]
  }
  return typeof value === 'string' ? value : quasis?.length === 1 ? quasis[0]?.value.cooked : undefined
}

/** A module's name as a path from the root of the repository, where it is a relative one. */
function placeOf(from: string, name: string): string {
  if (!name.startsWith('.')) return name
  return decodeURI(new URL(name, `file:///${from}`).pathname).slice(1)
}

/** What breaks the rules of the house in a source of the product, in words. */
export function faultsIn(path: string, source: string): readonly string[] {
  const faults = importsOf(path, source).flatMap((name) => {
    const fault = importFault(path, placeOf(path, name))
    return fault ? [`${path} imports ${name}: ${fault}.`] : []
  })
  const lines = source.split('\n').length - 1
  if (lines > longestFile) faults.push(`${path} has ${lines} lines: ${longestFile} is the most. Divide it.`)
  return faults
}

/** What breaks the rules of the house in the product below a folder. */
export function faultsBelow(root: string): readonly string[] {
  return globSync('{domain,service,preload,main,renderer}/**/*.{ts,tsx}', { cwd: root })
    .map((path) => path.replaceAll('\\', '/'))
    .sort()
    .flatMap((path) => faultsIn(path, readFileSync(join(root, path), 'utf8')))
}
