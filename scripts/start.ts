import { spawn, spawnSync } from 'node:child_process'
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
  if (process.platform === 'linux' && !hasKeychain()) {
    console.log(
      'No keychain answers here, and Curfew keeps passwords nowhere else. Install one (Debian, Ubuntu: sudo apt-get install gnome-keyring) and sign in to your desktop again.',
    )
  }
  const [program, ...args] = host.command
  const app = spawn(program, [...args, '.', ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => app.kill(signal))
  app.once('exit', (code) => {
    process.exitCode = code ?? 1
  })
}

/** Whether the session has a Secret Service or can start one; where that can't be found out, the app will say. */
function hasKeychain(): boolean {
  const { error, status } = spawnSync(
    'dbus-send',
    [
      ...['--session', '--print-reply', '--reply-timeout=3000', '--dest=org.freedesktop.DBus'],
      ...['/org/freedesktop/DBus', 'org.freedesktop.DBus.StartServiceByName'],
      ...['string:org.freedesktop.secrets', 'uint32:0'],
    ],
    { stdio: 'ignore', timeout: 5_000 },
  )
  return error !== undefined || status === 0
}
