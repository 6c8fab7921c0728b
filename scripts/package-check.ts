import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildIfNeeded } from './build.ts'
import { explainFailures } from './explained.ts'
import { billOfMaterials } from './packaging/bill-of-materials.ts'
import { kindsOfIcns, sizeOfPng, sizesOfIco } from './packaging/executables.ts'
import { linuxTrials } from './packaging/full/installers.ts'
import { inspect } from './packaging/inspect.ts'
import { bundledPackages, licenceFaults } from './packaging/licences.ts'
import { pack } from './packaging/pack.ts'
import { linuxSkeleton, macSkeleton, windowsSkeleton } from './packaging/skeletons.ts'
import { ensureSystemPackages, installerPackages } from './system-packages.ts'

/**
 * `npm run package:check`: packs the app for every system and inspects what comes out. The Electron that it packs is a
 * skeleton, so nothing of it can be run. `-- --full`, on Linux: makes the installers too, with the test runtime, and
 * installs and starts the deb.
 */
explainFailures()
const { full = false, report } = parseArgs({
  options: { full: { type: 'boolean' }, report: { type: 'string' } },
}).values
buildIfNeeded()
const work = await mkdtemp(join(tmpdir(), 'curfew-package-'))

let [passed, failed, skipped] = [0, 0, 0]
/** Why a check can't be made here. */
class Skipped extends Error {}

/** One line of the report; a check that throws has failed, unless it says why it can't be made here. */
async function check(
  what: string,
  faultsIn: () => readonly string[] | Promise<readonly string[]>,
): Promise<void> {
  let faults: readonly string[]
  try {
    faults = await faultsIn()
  } catch (error) {
    if (error instanceof Skipped) {
      skipped++
      console.log(`- ${what}: skipped. ${error.message}`)
      return
    }
    faults = [error instanceof Error ? error.message : String(error)]
  }
  if (faults.length === 0) passed++
  else failed++
  console.log(`${faults.length === 0 ? '✓' : '✗'} ${what}${faults.map((fault) => `\n    ${fault}`).join('')}`)
}

try {
  await check('Icons: every size, for every system', iconFaults)
  await check('Licences: of everything shipped, under terms that allow it, with their texts', () =>
    licenceFaults(bundledPackages()),
  )
  await check('Known weaknesses: none of high severity', auditFaults)
  await check('Bill of materials: what is shipped and nothing else', billFaults)
  const systems = [
    ['Linux x64', 'linux', 'x64', linuxSkeleton],
    ['Windows x64', 'win32', 'x64', windowsSkeleton],
    ['macOS arm64', 'darwin', 'arm64', macSkeleton],
  ] as const
  for (const [title, system, arch, skeleton] of systems)
    await check(`${title}: contents, natives, integrity, fuses, description, budgets`, async () => {
      const electron = skeleton(join(work, `electron-${system}`))
      return inspect(await pack({ system, arch, targets: ['dir'], electron, output: join(work, system) }))
    })
  await check('Two builds of the same sources give the same archive, byte for byte', () => differences(work))
  if (full) {
    ensureSystemPackages(installerPackages)
    for (const { what, faultsIn } of await linuxTrials(work)) await check(`Linux x64: ${what}`, faultsIn)
  }
} finally {
  await rm(work, { recursive: true, force: true })
}
console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
if (report) writeFileSync(report, JSON.stringify({ passed, failed, skipped }))
process.exitCode = failed > 0 ? 1 : 0

async function differences(work: string): Promise<readonly string[]> {
  const archive = async (name: string) => {
    const { status, stderr } = spawnSync('npm', ['run', '--silent', 'build'], {
      encoding: 'utf8',
      shell: process.platform === 'win32',
    })
    if (status !== 0) throw new Error(stderr)
    const electron = linuxSkeleton(join(work, `electron-${name}`))
    const { folder } = await pack({
      system: 'linux',
      arch: 'x64',
      targets: ['dir'],
      electron,
      output: join(work, name),
    })
    return createHash('sha256')
      .update(readFileSync(join(folder, 'resources', 'app.asar')))
      .digest('hex')
  }
  const [one, other] = [await archive('one'), await archive('other')]
  return one === other ? [] : [`One has the hash ${one}, the other ${other}.`]
}

function iconFaults(): readonly string[] {
  const wanted = [16, 24, 32, 48, 64, 128, 256]
  const pngs = [...wanted, 512].filter((size) =>
    sizeOfPng(`assets/icons/${size}x${size}.png`).some((side) => side !== size),
  )
  const missing = wanted.filter((size) => !sizesOfIco('assets/icon.ico').includes(size))
  const kinds = ['ic07', 'ic08', 'ic09', 'ic10'].filter(
    (kind) => !kindsOfIcns('assets/icon.icns').includes(kind),
  )
  return [
    ...pngs.map((size) => `assets/icons/${size}x${size}.png has another size.`),
    ...missing.map((size) => `assets/icon.ico has no picture of ${size} pixels.`),
    ...kinds.map((kind) => `assets/icon.icns has no “${kind}”.`),
  ]
}

function billFaults(): readonly string[] {
  const { components } = JSON.parse(billOfMaterials()) as {
    readonly components: readonly { readonly name: string }[]
  }
  const names = components.map(({ name }) => name)
  return [
    ...['keytar', 'electron', ...bundledPackages().map(({ name }) => name)]
      .filter((name) => !names.includes(name))
      .map((name) => `${name} is shipped and not on the bill.`),
    ...['vite', 'vitest', '@playwright/test']
      .filter((name) => names.includes(name))
      .map((name) => `${name} is on the bill and not shipped.`),
  ]
}

function auditFaults(): readonly string[] {
  const { stdout } = spawnSync('npm', ['audit', '--json', '--audit-level=high'], {
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  const audit = JSON.parse(stdout) as {
    readonly vulnerabilities?: Readonly<Record<string, { readonly name: string; readonly severity: string }>>
    readonly message?: string
  }
  if (!audit.vulnerabilities) {
    throw new Skipped(
      `The registry answers no question about weaknesses (${audit.message ?? 'no reason given'}).`,
    )
  }
  return Object.values(audit.vulnerabilities)
    .filter(({ severity }) => severity === 'high' || severity === 'critical')
    .map(({ name, severity }) => `${name} has a known weakness of ${severity} severity.`)
}
