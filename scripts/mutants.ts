import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { Stryker } from '@stryker-mutator/core'
import { type MutantPlace, mutantPlace, mutantPlaces } from './mutant-places.ts'

/**
 * `npm run mutants -- PLACE…`: puts bugs into a part of the product, one at a time, and says which of them its tests do
 * not notice (docs/mutants.md). A place is a name of scripts/mutant-places.ts, a folder or a file; `all` is every named
 * one. `--fresh` tries again what an earlier run has tried with the same sources and tests.
 */
const asked = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const isFresh = process.argv.includes('--fresh')
if (asked.length === 0) {
  console.error(`Which place? ${mutantPlaces.map(({ name }) => name).join(', ')}, all, a folder or a file.`)
  process.exit(1)
}
const places = asked.flatMap((name) => (name === 'all' ? mutantPlaces : [mutantPlace(name)]))

type MutantResult = Awaited<ReturnType<Stryker['runMutationTest']>>[number]

const lines: string[] = []
for (const place of places) {
  const line = judge(place, await tryMutants(place))
  lines.push(line)
  console.log(`\n${line}`)
}
if (lines.length > 1) console.log(`\n${lines.join('\n')}`)

async function tryMutants({ name, files, tests, leavesConstants }: MutantPlace) {
  // Read by vitest.mutants.config.ts, in Stryker's own processes.
  process.env['CURFEW_MUTANTS_TESTS'] = JSON.stringify(tests)
  const kept = `.cache/mutants/${name.replaceAll(/[^a-z]+/g, '-')}.json`
  return await new Stryker({
    mutate: [...files],
    testRunner: 'vitest',
    plugins: [import.meta.resolve('@stryker-mutator/vitest-runner')],
    vitest: { configFile: 'vitest.mutants.config.ts', related: false },
    coverageAnalysis: 'perTest',
    ignoreStatic: leavesConstants ?? false,
    concurrency: Number(process.env['CURFEW_MUTANTS_AT_ONCE'] ?? 1),
    timeoutMS: 15_000,
    incremental: true,
    incrementalFile: kept,
    force: isFresh,
    tempDirName: '.cache/mutants-sandbox',
    ignorePatterns: ['/dist', '/release', '/demo', '/test-results', '/.cache'],
    // Stryker would read it with TypeScript's own interface, which TypeScript 7 does not have.
    tsconfigFile: 'no-tsconfig.json',
    reporters: ['dots', 'progress-append-only'],
    disableTypeChecks: true,
  }).runMutationTest()
}

/** Says what was not noticed, and how the place stands; sets the exit code where that is too little. */
function judge({ name, target, soFar = target }: MutantPlace, results: readonly MutantResult[]): string {
  const of = (...statuses: readonly MutantResult['status'][]) =>
    results.filter(({ status }) => statuses.includes(status))
  // A mutant that no test was asked about has not survived anything.
  const unasked = of('Survived').filter(({ testsCompleted }) => testsCompleted === 0)
  const unnoticed = of('Survived', 'NoCoverage')
  for (const mutant of unnoticed) console.log(inWords(mutant))
  // A bug with which the tests can't be loaded, or fail outside of any test, is an error to Stryker.
  const noticed = of('Killed', 'Timeout', 'RuntimeError').length
  const score = (100 * noticed) / Math.max(1, noticed + unnoticed.length)
  const odd = of('CompileError', 'Pending').length + unasked.length
  const isLow = score < soFar || results.length === 0
  if (isLow || odd > 0) process.exitCode = 1
  const goal = target > 0 ? ` (target ${target} %${soFar < target ? `, so far ${soFar} %` : ''})` : ''
  const faults = `${isLow ? '  TOO FEW' : ''}${odd > 0 ? `  ${odd} COULD NOT BE TRIED` : ''}`
  return `${name}: ${noticed} of ${noticed + unnoticed.length} noticed, ${score.toFixed(1)} %${goal}${faults}`
}

function inWords({ fileName, location: { start, end }, replacement = '', status }: MutantResult): string {
  const path = relative(process.cwd(), fileName)
  const source = readFileSync(fileName, 'utf8')
    .split('\n')
    .slice(start.line - 1, end.line)
  const last = source.length - 1
  const was = source
    .map((line, index) =>
      line.slice(index === 0 ? start.column - 1 : 0, index === last ? end.column - 1 : undefined),
    )
    .join(' ')
  const short = (text: string) => text.replaceAll(/\s+/g, ' ').slice(0, 70)
  const why = status === 'NoCoverage' ? 'no test runs it' : 'no test minds'
  return `${path}:${start.line}  ${short(was)}  →  ${short(replacement)}  (${why})`
}
