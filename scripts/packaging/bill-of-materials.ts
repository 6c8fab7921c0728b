import { spawnSync } from 'node:child_process'
import electron from 'electron/package.json' with { type: 'json' }
import manifest from '../../package.json' with { type: 'json' }
import { bundledPackages } from './licences.ts'

interface Component {
  readonly name: string
  readonly version: string
  readonly 'bom-ref': string
}

/** What npm says of everything that is installed. */
interface NpmBill {
  readonly components: readonly Component[]
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[]
}

/**
 * The software bill of materials of what is shipped, as CycloneDX: npm's own, without what only builds and tests. It is
 * about one build, so it holds neither a time nor a random number.
 */
export function billOfMaterials(): string {
  const { stdout, status, stderr } = spawnSync('npm', ['sbom', '--sbom-format=cyclonedx'], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === 'win32',
  })
  if (status !== 0) throw new Error(`npm can't make the bill of materials: ${stderr}`)
  const { serialNumber: _, metadata, ...bill } = JSON.parse(stdout) as NpmBill & Record<string, unknown>
  const shipped = new Set([
    ...bundledPackages().map(({ name, version }) => `${name}@${version}`),
    ...Object.keys(manifest.dependencies),
    `electron@${electron.version}`,
  ])
  const components = bill.components.filter(
    ({ name, version, 'bom-ref': ref }) =>
      shipped.has(ref) || shipped.has(name) || shipped.has(`${name}@${version}`),
  )
  const refs = new Set(components.map((component) => component['bom-ref']))
  const { component } = metadata as { readonly component: object }
  return `${JSON.stringify(
    {
      ...bill,
      metadata: { component: { ...component, type: 'application', name: manifest.productName } },
      components,
      dependencies: bill.dependencies
        .filter(({ ref }) => refs.has(ref))
        .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((on) => refs.has(on)) })),
    },
    undefined,
    2,
  )}\n`
}
