import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { chooseHost } from './host.ts'
import { ensureSystemPackages, serviceTestPackages, testPackages } from './system-packages.ts'

/** How many tests of a run passed, failed and were skipped. */
interface Tally {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

const results = 'test-results'
const only = process.argv[2]

ensureSystemPackages(only === 'e2e' ? testPackages : [...testPackages, ...serviceTestPackages])
rmSync(results, { recursive: true, force: true })
mkdirSync(results, { recursive: true })

const tallies: Tally[] = []
if (only !== 'e2e') tallies.push(runVitest())
run('npm', ['run', 'build'])
const host = await chooseHost()
console.log(`End-to-end tests run on ${host.name}. ${host.why}`)
tallies.push(runPlaywright())

const sum = (count: keyof Tally) => tallies.reduce((total, tally) => total + tally[count], 0)
const skipped = sum('skipped')
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = sum('failed') > 0 ? 1 : 0

function runVitest(): Tally {
  const file = `${results}/unit.json`
  const code = run(
    'npx',
    ['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
    true,
  )
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numFailedTestSuites } = JSON.parse(
    readFileSync(file, 'utf8'),
  ) as Record<string, number>
  const failed = numFailedTests ?? 0
  return {
    passed: numPassedTests ?? 0,
    // A file that could not even be loaded has no failed test, yet the run failed.
    failed: failed === 0 && (code !== 0 || numFailedTestSuites) ? 1 : failed,
    skipped: (numPendingTests ?? 0) + (numTodoTests ?? 0),
  }
}

function runPlaywright(): Tally {
  const code = run('npx', ['playwright', 'test', ...process.argv.slice(3)], true)
  const { stats } = JSON.parse(readFileSync(`${results}/e2e.json`, 'utf8')) as {
    stats: { expected: number; unexpected: number; flaky: number; skipped: number }
  }
  if (stats.flaky > 0) console.log(`${stats.flaky} of the end-to-end tests passed only at the second try.`)
  return {
    passed: stats.expected + stats.flaky,
    failed: stats.unexpected === 0 && code !== 0 ? 1 : stats.unexpected,
    skipped: stats.skipped,
  }
}

/** Runs a command with its output passed through; answers its exit code, or ends with it unless `tolerate`. */
function run(command: string, args: readonly string[], tolerate = false): number {
  const { status } = spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' })
  const code = status ?? 1
  if (code !== 0 && !tolerate) process.exit(code)
  return code
}
