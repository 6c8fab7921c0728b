import { builtinModules } from 'node:module'
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig, type EnvironmentOptions } from 'vite'
import manifest from './package.json' with { type: 'json' }

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** What stays outside a Node bundle: Node's own modules, Electron, and the packages the installer ships. */
const external = [
  ...builtinModules.flatMap((name) => [name, `node:${name}`]),
  'node:sqlite',
  'electron',
  ...Object.keys(manifest.dependencies),
]

const license = { fileName: 'licenses.md' }

/**
 * Bundles for Node, for Electron's main process or for preload: small, but with the names of the source, and with their
 * source maps.
 */
function nodeBundles(
  outDir: string,
  input: Readonly<Record<string, string>>,
  output: {
    readonly format: 'es' | 'cjs'
    readonly entryFileNames: string
    readonly chunkFileNames?: string
  },
): EnvironmentOptions {
  return {
    consumer: 'server',
    resolve: { noExternal: true, external },
    build: {
      outDir: at(outDir),
      emptyOutDir: true,
      minify: false,
      license,
      sourcemap: true,
      target: 'node24',
      rolldownOptions: {
        input: Object.fromEntries(Object.entries(input).map(([name, path]) => [name, at(path)])),
        external,
        output: { minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } }, ...output },
      },
    },
  }
}

export default defineConfig({
  root: at('renderer'),
  plugins: [react()],
  builder: {},
  server: { port: 5183, strictPort: true, host: '127.0.0.1' },
  environments: {
    client: { build: { outDir: at('dist/renderer'), emptyOutDir: true, target: 'chrome140', license } },
    preload: nodeBundles(
      'dist/preload',
      { index: 'preload/index.ts' },
      { format: 'cjs', entryFileNames: '[name].cjs' },
    ),
    // Together, since they share large libraries.
    node: nodeBundles(
      'dist/node',
      { main: 'main/index.ts', service: 'service/index.ts' },
      { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'shared/[name]-[hash].js' },
    ),
  },
})
