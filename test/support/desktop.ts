import { spawnSync } from 'node:child_process'
import { Explained } from '../../scripts/explained.ts'
import { type BoundProcess, startBound } from './bound-process.ts'

/** A screen of one's own: an X server without a monitor, with a window manager. */
export interface Desktop {
  /** What a program needs in its environment to show its windows there. */
  readonly env: Readonly<Record<string, string>>
  /** Moves the pointer in a corner where no window is: the computer has just been used, and Curfew has not. */
  use(): void
}

let shared: Promise<Desktop> | undefined

/**
 * This process's desktop, started when it is first asked for; it ends with the process. On systems without X there is
 * nothing to start: windows show on the person's own screen.
 *
 * @throws {Explained} where a program is missing
 */
export function sharedDesktop(): Promise<Desktop> {
  shared ??= process.platform === 'linux' ? startDesktop() : Promise.resolve({ env: {}, use: () => {} })
  return shared
}

async function startDesktop(): Promise<Desktop> {
  for (const [program, packageName] of [
    ['Xvfb', 'xvfb'],
    ['openbox', 'openbox'],
  ] as const)
    if (spawnSync(program, ['-help']).error !== undefined)
      throw new Explained(
        `${program} is not installed, so there is no screen to test on. Install it (Debian, Ubuntu: sudo apt-get install ${packageName}).`,
      )
  const screen: BoundProcess = await startBound([
    'Xvfb',
    ...['-displayfd', '1', '-screen', '0', '1600x1000x24', '-nolisten', 'tcp'],
  ])
  const env = { DISPLAY: `:${screen.firstLine}` }
  // Minimising, focus and real keys need a window manager; it says when it has begun.
  await startBound(['openbox', '--startup', 'echo ready'], { ...process.env, ...env })
  const use = () => {
    for (const place of ['1590', '1595'])
      spawnSync('xdotool', ['mousemove', place, '990'], { env: { ...process.env, ...env } })
  }
  return { env, use }
}
