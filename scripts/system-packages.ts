import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { findInstalledChromium } from './chromium.ts'
import { Explained } from './explained.ts'

/** What the hosts and the app's keychain need on Debian and Ubuntu; Chromium brings the libraries that Electron needs. */
export const appPackages = ['chromium', 'libsecret-1-0'] as const

/** What the tests and the demo need besides: a keychain, a screen and an authority of their own, and real keys. */
export const testPackages = [
  ...appPackages,
  'gnome-keyring',
  'dbus-x11',
  'xvfb',
  'openbox',
  'xdotool',
  'libnss3-tools',
] as const

/** What the tests of the session service need: a database server, a cluster's client, certificates, a browser, a proxy. */
export const serviceTestPackages = [
  'postgresql',
  'kubernetes-client',
  'openssl',
  'chromium',
  'nginx-light',
] as const

/** What making and trying the installers needs: Debian's own tools, the app's keychain and a screen. */
export const installerPackages = [
  ...testPackages,
  'rpm',
  'squashfs-tools',
  'desktop-file-utils',
  'imagemagick',
  'nsis',
  'p7zip-full',
] as const

/**
 * Makes sure that Debian packages are installed, on Debian and Ubuntu; elsewhere it says that it does nothing.
 *
 * It installs what is missing as root, or through `sudo` where that asks for no password.
 *
 * @throws with the command to run where it may not install
 */
export function ensureSystemPackages(names: readonly string[]): void {
  if (!existsSync('/usr/bin/apt-get')) {
    console.log(`System packages: not Debian or Ubuntu, so ${names.join(', ')} are left to you.`)
    return
  }
  const missing = names.filter((name) => !isInstalled(name))
  if (missing.length === 0) return
  const command = ['apt-get', 'install', '--yes', '--no-install-recommends', ...missing]
  const asRoot = rootPrefix()
  if (!asRoot)
    throw new Explained(
      `These packages are missing. Install them and try again:\n\n  sudo ${command.join(' ')}\n`,
    )
  console.log(`System packages: installing ${missing.join(', ')} …`)
  run([...asRoot, 'apt-get', 'update'])
  run([...asRoot, ...command])
}

function isInstalled(name: string): boolean {
  // Any Chromium or Chrome will do, from wherever it came.
  if (name === 'chromium' && findInstalledChromium() !== undefined) return true
  // So will any version of PostgreSQL's server, and of kubectl.
  if (name === 'postgresql' && existsSync('/usr/lib/postgresql')) return true
  if (
    name === 'kubernetes-client' &&
    ['/usr/bin/kubectl', '/usr/local/bin/kubectl'].some((path) => existsSync(path))
  )
    return true
  // And any flavour of nginx.
  if (name === 'nginx-light' && existsSync('/usr/sbin/nginx')) return true
  const { stdout } = spawnSync('dpkg-query', ['--status', name], { encoding: 'utf8' })
  return stdout.includes('Status: install ok installed')
}

/** How a command is run as root without asking anybody, or `undefined` where it can't. */
function rootPrefix(): readonly string[] | undefined {
  if (process.getuid?.() === 0) return []
  return spawnSync('sudo', ['-n', 'true']).status === 0 ? ['sudo', '-n'] : undefined
}

function run([command = '', ...args]: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    maxBuffer: 64 * 1024 * 1024,
  })
  if (status !== 0) throw new Error(`${[command, ...args].join(' ')} failed:\n${stdout}\n${stderr}`)
}
