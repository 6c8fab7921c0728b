import { type ChildProcess, spawn } from 'node:child_process'
import { relative, sep } from 'node:path'
import { createBuilder, createServer } from 'vite'
import { explainFailures } from './explained.ts'
import { chooseHost, describeHost } from './host.ts'
import { appPackages, ensureSystemPackages } from './system-packages.ts'
import { leaveRoot } from './unprivileged.ts'

/**
 * `npm run dev`: Vite serves the window with hot reload; a change of anything else builds it again and restarts the
 * app.
 */
const port = 5183
const bundles = ['node', 'preload'] as const
const watched = ['domain', 'main', 'preload', 'service']

explainFailures()
ensureSystemPackages(appPackages)
await leaveRoot()
const host = await chooseHost()
console.log(`Curfew runs on this host: ${describeHost(host)}`)

const server = await createServer({
  configFile: 'vite.config.ts',
  server: { port, ws: { protocol: 'ws', host: '127.0.0.1', clientPort: port } },
})
await server.listen()

let app: ChildProcess | undefined
let working = Promise.resolve()
let asked = false

async function buildAndRestart(): Promise<void> {
  asked = false
  const builder = await createBuilder({ configFile: 'vite.config.ts', logLevel: 'warn' })
  for (const bundle of bundles) {
    const environment = builder.environments[bundle]
    if (environment) await builder.build(environment)
  }
  await stopApp()
  const [program, ...args] = host.command
  app = spawn(program, [...args, '.'], {
    stdio: 'inherit',
    env: { ...process.env, CURFEW_DEV_SERVER: `http://127.0.0.1:${port}/` },
  })
  app.once('exit', endWithApp)
}

/** Closing the app ends the whole run; a restart takes this listener off first. */
function endWithApp(code: number | null): void {
  void server.close().finally(() => process.exit(code ?? 0))
}

async function stopApp(): Promise<void> {
  const running = app
  if (!running || running.exitCode !== null) return
  running.off('exit', endWithApp)
  const gone = new Promise((resolve) => running.once('exit', resolve))
  running.kill('SIGTERM')
  await gone
}

/** One build after the other; changes that come in between are built together. */
function rebuild(): void {
  if (asked) return
  asked = true
  working = working.then(buildAndRestart).catch((error: unknown) => console.error(error))
}

server.watcher.add(watched)
server.watcher.on('change', (path) => {
  const [folder = ''] = relative(process.cwd(), path).split(sep)
  if (watched.includes(folder)) rebuild()
})
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => void stopApp().then(() => endWithApp(0)))
rebuild()
