import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildIfNeeded } from './build.ts'
import { explainFailures } from './explained.ts'
import { chooseHost, describeHost } from './host.ts'
import { appPackages, ensureSystemPackages, testPackages } from './system-packages.ts'
import { isRoot, leaveRoot } from './unprivileged.ts'

/** `npm start`: opens Curfew on the host there is, or does the guided run where there is no display to open it on. */
const { CURFEW_THROW_AWAY, DISPLAY, WAYLAND_DISPLAY } = process.env
const hasDisplay = process.platform !== 'linux' || Boolean(DISPLAY || WAYLAND_DISPLAY)

explainFailures()
if (!hasDisplay) {
  console.log(
    'There is no display here, so Curfew can’t open its window; doing the guided run (npm run demo) instead.\n',
  )
  await import('./demo.ts')
} else {
  await open()
}

async function open(): Promise<void> {
  if (isRoot()) {
    ensureSystemPackages(testPackages)
    // Root's keychain answers root alone, and Electron does not run as root.
    process.env['CURFEW_THROW_AWAY'] = '1'
    await leaveRoot()
  }
  ensureSystemPackages(appPackages)
  buildIfNeeded()
  const host = await chooseHost()
  console.log(`Curfew runs on this host: ${describeHost(host)}`)
  if (host.name !== 'electron') console.log('It is for looking and testing, not for real credentials.')
  const session = CURFEW_THROW_AWAY === '1' ? await throwAwaySession() : undefined
  if (process.platform === 'linux' && !session && !hasKeychain())
    console.log(
      'No keychain answers here, and Curfew keeps passwords nowhere else. Install one (Debian, Ubuntu: sudo apt-get install gnome-keyring) and sign in to your desktop again.',
    )
  const [program, ...args] = host.command
  const app = spawn(program, [...args, '.', ...(session?.args ?? []), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, ...session?.env },
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => app.kill(signal))
  app.once('exit', (code) => {
    process.exitCode = code ?? 1
    void session?.end()
  })
}

/** A keychain and a data folder that last as long as the window, for whoever was root. */
async function throwAwaySession() {
  console.log(
    'Started by root: Curfew runs as another user, with a keychain and data that are thrown away at the end.',
  )
  const { startTestKeychain } = await import('../test/support/test-keychain.ts')
  const keychain = await startTestKeychain()
  const data = mkdtempSync(join(tmpdir(), 'curfew-data-'))
  return {
    env: keychain.env,
    args: [`--user-data-dir=${data}`],
    async end() {
      await keychain.stop()
      rmSync(data, { recursive: true, force: true })
    },
  }
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
