import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Explained } from './explained.ts'

/** Electron doesn't start as root with its sandbox on. In a user namespace of its own it is not root. */
const userNamespace = ['unshare', '--user', '--map-user=1000', '--map-group=1000', '--'] as const

/** What to put before a command so that it doesn't run as root: nothing where this process doesn't either. */
export function unprivileged(): readonly string[] {
  return isRoot() ? userNamespace : []
}

/**
 * Runs this very script again as a user that is not root, and ends with its exit code; does nothing where it isn't
 * run by root. Files stay those of the person who called it.
 */
export async function leaveRoot(): Promise<void> {
  if (!isRoot()) return
  const problem = sandboxProblem()
  if (problem !== undefined) throw new Explained(problem)
  const [program, ...args] = [...userNamespace, process.execPath, ...process.argv.slice(1)]
  const child = spawn(program, args, { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
  process.exit(await new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? 1))))
}

/** Why Electron’s sandbox can't be had on this computer, with what to do; `undefined` where it can. */
export function sandboxProblem(): string | undefined {
  if (process.platform !== 'linux') return undefined
  if (!isRoot() && setting('kernel/apparmor_restrict_unprivileged_userns') === '1')
    return 'Electron’s sandbox needs user namespaces, which this system forbids. Allow them: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0'
  const { status, error } = spawnSync(userNamespace[0], [...userNamespace.slice(1), 'true'])
  if (error === undefined && status === 0) return undefined
  return isRoot()
    ? 'Electron does not start as root, and this system allows no user namespace to leave root with. Run it as another user.'
    : 'Electron’s sandbox needs user namespaces, which this system forbids. Allow them: sudo sysctl kernel.unprivileged_userns_clone=1'
}

/** Whether this is Linux's root, whom Electron's sandbox does not serve. */
export function isRoot(): boolean {
  return process.platform === 'linux' && process.getuid?.() === 0
}

function setting(name: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${name}`, 'utf8').trim()
  } catch {
    return undefined
  }
}
