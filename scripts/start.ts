import { spawn } from 'node:child_process'
import { buildIfNeeded } from './build.ts'
import { chooseHost } from './host.ts'
import { appPackages, ensureSystemPackages } from './system-packages.ts'

/** `npm start`: opens Curfew on the host there is, or does the guided run where there is no display to open it on. */
const { DISPLAY, WAYLAND_DISPLAY } = process.env
const hasDisplay = process.platform !== 'linux' || Boolean(DISPLAY || WAYLAND_DISPLAY)

if (!hasDisplay) {
  console.log(
    'There is no display here, so Curfew can’t open its window; doing the guided run (npm run demo) instead.\n',
  )
  await import('./demo.ts')
} else {
  buildIfNeeded()
  const host = await chooseHost()
  console.log(`Curfew runs on ${host.name}. ${host.why}`)
  if (!host.executable) ensureSystemPackages(appPackages)
  const [command, ...args] = host.executable
    ? [host.executable, '.']
    : [process.execPath, '--disable-warning=ExperimentalWarning', 'test/electron-on-chromium/run.ts', '.']
  const app = spawn(command, [...args, ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => app.kill(signal))
  app.once('exit', (code) => {
    process.exitCode = code ?? 1
  })
}
