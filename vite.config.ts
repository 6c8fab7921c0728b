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

/** A bundle for Node or for Electron's main process or preload: one file, readable, with its source map. */
function nodeBundle(entry: string, outDir: string, format: 'es' | 'cjs'): EnvironmentOptions {
  return {
    consumer: 'server',
    resolve: { noExternal: true, external },
    build: {
      outDir: at(outDir),
      emptyOutDir: true,
      minify: false,
      sourcemap: true,
      target: 'node24',
      rolldownOptions: {
        input: { index: at(entry) },
        external,
        output: { format, entryFileNames: format === 'cjs' ? '[name].cjs' : '[name].js' },
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
    client: { build: { outDir: at('dist/renderer'), emptyOutDir: true, target: 'chrome140' } },
    main: nodeBundle('main/index.ts', 'dist/main', 'es'),
    preload: nodeBundle('preload/index.ts', 'dist/preload', 'cjs'),
    service: nodeBundle('service/index.ts', 'dist/service', 'es'),
  },
})
