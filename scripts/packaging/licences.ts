import { readFileSync } from 'node:fs'

/** Licences under which others' code may be in what is shipped. All of them let a program be used for anything. */
const accepted = new Set([
  'MIT',
  'MIT-0',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'Unlicense',
])

/** A package whose code is in a bundle, as the bundler has written it into `licenses.md`. */
export interface Bundled {
  readonly name: string
  readonly version: string
  readonly licence: string
  readonly hasText: boolean
}

/** The packages whose code is shipped, each once. */
export function bundledPackages(): readonly Bundled[] {
  const found = new Map<string, Bundled>()
  for (const folder of ['node', 'preload', 'renderer'])
    for (const one of readLicences(readFileSync(`dist/${folder}/licenses.md`, 'utf8')))
      found.set(`${one.name}@${one.version}`, one)
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name))
}

/** Reads what the bundler writes: a heading `## name - version (licence)`, and the licence's text below it. */
function readLicences(text: string): readonly Bundled[] {
  return text
    .split(/^## (?=\S+ - \S+ \()/m)
    .slice(1)
    .map((section): Bundled => {
      const [, name = '', version = '', licence = ''] = /^(\S+) - (\S+) \((.*)\)$/m.exec(section) ?? []
      return { name, version, licence, hasText: section.slice(section.indexOf('\n')).trim().length > 100 }
    })
}

/** Where the licences stand that their packages do not bring as a file. */
const gathered = 'assets/licences.md'

/** What keeps packages from being shipped, in sentences. */
export function licenceFaults(packages: readonly Bundled[]): readonly string[] {
  const others = readFileSync(gathered, 'utf8')
  return packages.flatMap(({ name, licence, hasText }) => [
    ...(licence
      .replace(/[()]/g, '')
      .split(' OR ')
      .some((one) => accepted.has(one))
      ? []
      : [`${name} is under ${licence || 'no licence'}.`]),
    ...(hasText || others.includes(`${name} (`)
      ? []
      : [`The text of the licence of ${name} is not shipped.`]),
  ])
}
