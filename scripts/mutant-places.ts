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
    tests: ['test/unit/main/vault/!(damaged-keychain|idle-lock.speed).test.ts'],
    target: 95,
  },
  {
    name: 'keyring',
    files: ['main/keyring/*.ts'],
    tests: ['test/unit/main/keyring/!(memory|real-cost).test.ts', 'test/unit/main/vault/new-key.test.ts'],
    target: 95,
  },
  {
    name: 'instances',
    files: ['main/instances/!(*.electron).ts'],
    tests: ['test/unit/main/instances/!(retry-ladder).test.ts', 'test/unit/main/built-in-service.test.ts'],
    target: 90,
  },
  {
    name: 'throttle',
    files: ['service/{throttle,ledger,fair-queue,devices}.ts'],
    tests: ['test/unit/service/*.test.ts'],
    target: 90,
  },
  {
    name: 'trail',
    files: ['service/store/{audit,audit-*,altered-text,notices,journal}.ts'],
    tests: ['test/unit/service/store/{audit,audit-*,notices,journal}.test.ts'],
    target: 90,
  },
  {
    name: 'sessions',
    files: [
      'service/store/{session-*,sessions,stored-session,ending,sweep,quotas,activity,shared-reads,signing-keys}.ts',
    ],
    tests: [
      'test/unit/service/store/{session-*,sessions,replica,ending,sweep,quotas,activity,signing-keys}.test.ts',
      'test/service/shared-reads.test.ts',
    ],
    target: 90,
  },
  {
    name: 'store',
    files: [
      'service/store/{author,config-entries,limits,meta,name-columns,next-turn,paging,policy,preview,users}.ts',
    ],
    tests: ['test/unit/service/store/{config-entries,limits,paging,policy,preview,users}.test.ts'],
    target: 90,
  },
  {
    name: 'gate',
    files: [
      'service/http/{author,caller,client,connection-limit,cookies,cursor,event-readers,json-body,own-origins,problem,return-to,rights}.ts',
    ],
    tests: ['test/unit/service/http/{bodies,caller,origins,rights}.test.ts'],
    target: 90,
  },
  {
    name: 'api',
    files: ['service/http/{metrics,operation,schemas}.ts'],
    tests: ['test/unit/service/http/{metrics,operation,schemas}.test.ts'],
    target: 90,
  },
  {
    name: 'http',
    files: ['service/http/{all-operations,create-server,event-stream,openapi,services}.ts'],
    tests: ['test/unit/service/http/{create-server,event-stream,openapi}.test.ts'],
    target: 90,
    leavesConstants: true,
  },
  {
    name: 'routes',
    files: ['service/http/routes/*.ts'],
    tests: ['test/unit/service/http/openapi.test.ts', 'test/unit/service/http/routes/*.test.ts'],
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
