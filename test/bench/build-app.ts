import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'vite'

/**
 * Builds one of the benchmark's own apps, as Curfew is built, for the Node of whichever host runs it.
 *
 * @param name its folder beside this file: `main.ts` and perhaps `preload.cjs`
 * @returns its main module
 */
export async function buildApp(name: string): Promise<string> {
  const source = join(import.meta.dirname, name)
  const outDir = join('dist', 'bench', name)
  await build({
    configFile: false,
    logLevel: 'warn',
    ssr: { noExternal: true },
    build: {
      ssr: join(source, 'main.ts'),
      outDir,
      target: 'node20',
      rolldownOptions: { external: ['electron'], output: { entryFileNames: 'main.js', format: 'es' } },
    },
  })
  await cp(source, outDir, { recursive: true, filter: (path) => !path.endsWith('.ts') })
  return join(outDir, 'main.js')
}
