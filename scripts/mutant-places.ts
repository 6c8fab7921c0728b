import { matchesGlob } from 'node:path'

/** A part of the product whose tests are put to the test themselves: by bugs put in one at a time (docs/mutants.md). */
export interface MutantPlace {
  /** What it is called on the command line and in docs/mutants.md. */
  readonly name: string
  /** Its files, as globs from the root. */
  readonly files: readonly string[]
  /** The tests that are to notice, as globs from the root. */
  readonly tests: readonly string[]
  /** The share of the bugs in per cent that must be noticed. */
  readonly target: number
  /** What is noticed today, where that is less than the target: the command fails below it. Never goes down. */
  readonly soFar?: number
  /** Whether what is computed once, when a module is loaded, is left as it is: each such bug takes every test. */
  readonly leavesConstants?: true
}

/** The parts whose score is kept in docs/mutants.md. */
export const mutantPlaces: readonly MutantPlace[] = [
  { name: 'domain', files: ['domain/*.ts'], tests: ['test/unit/domain/!(*-everywhere).test.ts'], target: 95 },
  {
    name: 'rights',
    files: ['domain/{rights,user}.ts'],
    tests: ['test/unit/domain/!(*-everywhere).test.ts'],
    target: 95,
  },
  {
    name: 'ipc',
    files: ['main/ipc/**/*.ts'],
    tests: ['test/unit/main/ipc/**/*.test.ts'],
    target: 95,
  },
  {
    name: 'administration',
    files: ['main/administration/*.ts'],
    tests: ['test/unit/main/administration/*.test.ts'],
    target: 90,
  },
  {
    name: 'connectors',
    files: ['main/connectors/**/*.ts'],
    tests: ['test/unit/main/connectors/**/*.test.ts'],
    target: 90,
  },
  {
    name: 'vault',
    files: ['main/vault/*.ts'],
    tests: ['test/unit/main/vault/!(damaged-keychain|idle-lock.model).test.ts'],
    target: 95,
  },
  {
    name: 'keyring',
    files: ['main/keyring/*.ts'],
    tests: ['test/unit/main/keyring/!(memory|real-cost).test.ts'],
    target: 95,
  },
  {
    name: 'instances',
    files: ['main/instances/!(*.electron).ts'],
    tests: ['test/unit/main/instances/!(retry-ladder).test.ts', 'test/unit/main/built-in-service.test.ts'],
    target: 90,
  },
  {
    name: 'store',
    files: ['service/store/*.ts'],
    tests: ['test/service/*.test.ts'],
    target: 90,
    leavesConstants: true,
  },
  {
    name: 'http',
    files: ['service/http/*.ts'],
    tests: ['test/service/*.test.ts'],
    target: 90,
    leavesConstants: true,
  },
  {
    name: 'form',
    files: ['renderer/screens/security/*.ts', 'renderer/screens/users/*.ts'],
    tests: ['test/unit/renderer/**/*.test.ts'],
    target: 90,
  },
]

const everyTest = ['test/{unit,app,contract,service}/**/*.test.ts']

/**
 * The place of that name; or a file, a folder or a glob as a place of its own, with the tests of the place it is in, or
 * else all that load it.
 */
export function mutantPlace(asked: string): MutantPlace {
  const named = mutantPlaces.find(({ name }) => name === asked)
  if (named) return named
  const path = asked.replace(/\/+$/, '')
  const files = /\.tsx?$/.test(path) ? path : `${path}/**/*.{ts,tsx}`
  const around = mutantPlaces.find((place) =>
    place.files.some((glob) => matchesGlob(path, glob) || glob.startsWith(`${path}/`)),
  )
  return { name: path, files: [files], tests: around?.tests ?? everyTest, target: 0 }
}
