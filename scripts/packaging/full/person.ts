import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { sharedDesktop } from '../../../test/support/desktop.ts'
import { startTestKeychain } from '../../../test/support/test-keychain.ts'

/**
 * A person at the computer on which the deb was installed, with a screen, a keychain and a home of their own. Real keys
 * are pressed, since a packaged Curfew can't be driven in any other way. What to do comes in as lines, `first` or `again`;
 * what was seen goes out as lines of JSON.
 */
const [executable = '', pictures = ''] = process.argv.slice(2)
const passphrase = 'seven otters juggle quiet lanterns'
const desktop = await sharedDesktop()
const keychain = await startTestKeychain()
/** The data is the person’s own, and stays when the keychain’s folder is gone. */
const { HOME = '' } = process.env
const data = { HOME, XDG_CONFIG_HOME: join(HOME, '.config') }
const env = { ...process.env, ...desktop.env, ...keychain.env, ...data }

for await (const line of createInterface(process.stdin)) {
  const seen = await (line === 'first' ? setUp() : unlock()).catch((error: unknown) => ({
    fault: String(error),
  }))
  console.log(JSON.stringify(seen))
}
await keychain.stop()
process.exit()

/** Chooses a passphrase, and starts the built-in service. */
function setUp() {
  return withCurfew('first', async (window) => {
    type(passphrase)
    press('Tab', 'Tab')
    type(passphrase)
    press('Return')
    await stillPicture(window)
    press('Return')
  })
}

/** Opens what is there already. */
function unlock() {
  return withCurfew('again', async () => {
    type(passphrase)
    press('Return')
  })
}

/** Starts Curfew, does something at its first screen, and waits until it shows an instance. */
async function withCurfew(stage: string, act: (window: string) => Promise<void>) {
  const app = spawn(executable, [], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let printed = ''
  for (const stream of [app.stdout, app.stderr])
    stream.on('data', (data: Buffer) => {
      printed += data.toString()
    })
  try {
    const window = await until('Curfew shows no window', () =>
      xdotool('search', '--onlyvisible', '--name', '^Curfew$'),
    )
    await stillPicture(window)
    xdotool('windowfocus', '--sync', window)
    await act(window)
    const title = await until('Curfew shows no instance', () => {
      const name = xdotool('getwindowname', window)
      return name === 'Curfew' ? '' : name
    })
    await stillPicture(window)
    if (pictures) spawnSync('import', ['-window', 'root', `${pictures}/deb-${stage}.png`], { env })
    return { title, renderers: renderers(), printed: printed.slice(-2_000) }
  } catch (error) {
    if (pictures) spawnSync('import', ['-window', 'root', `${pictures}/deb-${stage}-failed.png`], { env })
    throw new Error(`${String(error)} It printed: ${printed.slice(-2_000)}`)
  } finally {
    await end(app)
  }
}

async function end(app: ChildProcess): Promise<void> {
  if (app.exitCode !== null) return
  const ended = new Promise((resolve) => app.once('exit', resolve))
  app.kill('SIGTERM')
  await ended
}

/** How the kernel confines each process that draws: 2 is a filter of system calls. */
function renderers(): readonly { readonly seccomp: string; readonly unsandboxed: boolean }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
        if (!command.includes('--type=renderer')) return []
        const seccomp = /^Seccomp:\s*(\d)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? ''
        return [{ seccomp, unsandboxed: command.includes('--no-sandbox') }]
      } catch {
        return []
      }
    })
}

function xdotool(...args: readonly string[]): string {
  return spawnSync('xdotool', args, { env, encoding: 'utf8' }).stdout.trim()
}
function type(text: string): void {
  xdotool('type', '--delay', '15', text)
}
function press(...keys: readonly string[]): void {
  xdotool('key', '--delay', '60', ...keys)
}

/** Waits until the window has looked the same for a second: then it has drawn, and waits for the person. */
async function stillPicture(window: string): Promise<void> {
  let before = ''
  await until('Curfew goes on moving', async () => {
    const { stdout } = spawnSync('import', ['-window', window, 'rgba:-'], {
      env,
      maxBuffer: 64 * 1024 * 1024,
    })
    const now = spawnSync('sha256sum', { input: stdout, encoding: 'utf8' }).stdout
    const same = now === before
    before = now
    await sleep(1_000)
    return same ? 'still' : ''
  })
}

async function until(otherwise: string, look: () => string | Promise<string>): Promise<string> {
  const end = performance.now() + 60_000
  while (performance.now() < end) {
    const found = await look()
    if (found !== '') return found.split('\n')[0] ?? ''
    await sleep(250)
  }
  throw new Error(`${otherwise}.`)
}
