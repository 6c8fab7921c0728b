import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { explainFailures } from './explained.ts'
import { chooseHost, describeHost, findHost, type Host } from './host.ts'
import { ensureSystemPackages, serviceTestPackages, testPackages } from './system-packages.ts'
import { isRoot, unprivileged } from './unprivileged.ts'

/**
 * `npm test`: everything. `npm run test:e2e [-- Playwright's arguments]`: the end-to-end tests on the host there is.
 */
interface Tally {
  readonly of: string
  readonly passed: number
  readonly failed: number
  readonly retried: number
  readonly skipped: number
}

explainFailures()
const results = 'test-results'
const [only, ...playwrightArguments] = process.argv.slice(2)

ensureSystemPackages(only === 'e2e' ? testPackages : [...testPackages, ...serviceTestPackages])
rmSync(results, { recursive: true, force: true })
mkdirSync(results, { recursive: true })

const tallies: Tally[] = []
if (only !== 'e2e') tallies.push(runVitest())
run('npm', ['run', 'build'])
const host = await chooseHost()
tallies.push(runPlaywright(host, playwrightArguments))
// What every host must do, on the fallback too.
if (only !== 'e2e' && host.name !== 'stand-in')
  tallies.push(runPlaywright(await findHost('stand-in'), ['--grep', '@smoke']))

if (only !== 'e2e') tallies.push(runPackageCheck(host))

console.log()
for (const { of, passed, failed, retried, skipped } of tallies)
  console.log(`${of}: ${passed} succeeded, ${failed} did not, ${retried} retried, ${skipped} skipped`)
const sum = (count: 'passed' | 'failed' | 'skipped') =>
  tallies.reduce((total, tally) => total + tally[count], 0)
const skipped = sum('skipped')
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = sum('failed') > 0 ? 1 : 0

function runVitest(): Tally {
  const file = `${results}/unit.json`
  const code = run(
    'npx',
    ['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
    { tolerate: true },
  )
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numFailedTestSuites } = JSON.parse(
    readFileSync(file, 'utf8'),
  ) as Record<string, number>
  const failed = numFailedTests ?? 0
  return {
    of: `Node ${process.versions.node}`,
    passed: numPassedTests ?? 0,
    // A file that could not even be loaded has no failed test, yet the run failed.
    failed: failed === 0 && (code !== 0 || numFailedTestSuites) ? 1 : failed,
    retried: 0,
    skipped: (numPendingTests ?? 0) + (numTodoTests ?? 0),
  }
}

function runPlaywright(on: Host, more: readonly string[]): Tally {
  console.log(`\nEnd-to-end tests run on this host: ${describeHost(on)}`)
  const file = `${results}/e2e-${on.name}.json`
  const [program = 'npx', ...args] = [...unprivileged(), 'npx', 'playwright', 'test', ...more]
  const code = run(program, args, {
    tolerate: true,
    env: { CURFEW_HOST: on.name, PLAYWRIGHT_JSON_OUTPUT_FILE: file },
  })
  const { stats } = JSON.parse(readFileSync(file, 'utf8')) as {
    stats: { expected: number; unexpected: number; flaky: number; skipped: number }
  }
  return {
    of: on.title,
    passed: stats.expected + stats.flaky,
    failed: stats.unexpected === 0 && code !== 0 ? 1 : stats.unexpected,
    retried: stats.flaky,
    skipped: stats.skipped,
  }
}

/** The installers are tried where there is something to put into them, and a system to throw away. */
function runPackageCheck({ name }: Host): Tally {
  const file = `${results}/package.json`
  const full = name === 'electron-33' && isRoot()
  if (!full)
    console.log('\nInstallers are not made and tried: that takes Linux x64, the test runtime and root.')
  const code = run(
    'npm',
    ['run', '--silent', 'package:check', '--', '--report', file, ...(full ? ['--full'] : [])],
    {
      tolerate: true,
    },
  )
  const { passed, failed, skipped } = JSON.parse(readFileSync(file, 'utf8')) as Omit<Tally, 'of' | 'retried'>
  return {
    of: 'What is packaged',
    passed,
    failed: failed === 0 && code !== 0 ? 1 : failed,
    retried: 0,
    skipped,
  }
}

/** Runs a command with its output passed through; answers its exit code, or ends with it unless `tolerate`. */
function run(
  command: string,
  args: readonly string[],
  { tolerate = false, env = {} }: { tolerate?: boolean; env?: Readonly<Record<string, string>> } = {},
): number {
  const { status } = spawnSync(command, args, {
    stdio: 'inherit',
    shell: process.platform === 'win32',
    env: { ...process.env, ...env },
  })
  const code = status ?? 1
  if (code !== 0 && !tolerate) process.exit(code)
  return code
}
