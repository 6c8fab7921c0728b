import { spawnSync } from 'node:child_process'
import { globSync, statSync } from 'node:fs'

const sources = ['{domain,main,preload,renderer,service}/**/*', 'package-lock.json', 'vite.config.ts']
const results = [
  'dist/node/main.js',
  'dist/preload/index.cjs',
  'dist/renderer/index.html',
  'dist/node/service.js',
]

/** Builds the app into `dist/`, unless what is there is newer than every source. */
export function buildIfNeeded(): void {
  const newest = Math.max(...sources.flatMap((pattern) => globSync(pattern)).map(changedAt))
  if (Math.min(...results.map(changedAt)) > newest) return
  console.log('Building Curfew …')
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  if (status !== 0) process.exit(status ?? 1)
}

/** When a file was last changed, in milliseconds since 1970; 0 where it is not there. */
function changedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
