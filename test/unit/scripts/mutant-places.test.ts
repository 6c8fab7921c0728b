import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { mutantPlace, mutantPlaces } from '../../../scripts/mutant-places.ts'

const names = mutantPlaces.map(({ name }) => name)

test('Every place whose tests are tested has files and tests, is tried every night, and has its row in docs/mutants.md', () => {
  const nightly = /place: \[(.*)\]/.exec(readFileSync('.github/workflows/mutants.yml', 'utf8'))?.[1]
  expect(nightly?.split(', ')).toEqual(names)
  const rows = readFileSync('docs/mutants.md', 'utf8').matchAll(/^\| `([a-z]+)` \|/gm)
  expect([...rows].map(([, name]) => name)).toEqual(names)
  for (const { name, files, tests } of mutantPlaces)
    for (const globs of [files, tests]) expect([name, globSync(globs).length > 0]).toEqual([name, true])
})

test('Any folder or file is a place too, with the tests of the place it is in', () => {
  expect(mutantPlace('domain/duration.ts')).toMatchObject({
    files: ['domain/duration.ts'],
    tests: ['test/unit/domain/!(*-everywhere).test.ts'],
  })
  expect(mutantPlace('main/ipc/')).toMatchObject({
    files: ['main/ipc/**/*.{ts,tsx}'],
    tests: ['test/unit/main/ipc/**/*.test.ts'],
  })
  expect(mutantPlace('main/settings').tests).toEqual(['test/{unit,app,contract,service}/**/*.test.ts'])
})
