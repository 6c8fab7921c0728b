import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { createKeyringControl, type KeyringControl } from './keyring-control.ts'

/** A Secret Service of one's own: a private D-Bus session with an unlocked, empty gnome-keyring. */
export interface SecretService extends KeyringControl {
  /** What a process needs in its environment to use it; merge it over `process.env`. */
  readonly env: Readonly<Record<string, string>>
  /** The private folder that everything lives in; `stop` removes it. */
  readonly folder: string
  /** Everything stored under a service name, as any program of the same user could read it. */
  stored(service: string): Promise<readonly StoredSecret[]>
  /** Deletes one entry, as any program of the same user can. */
  deleteEntry(service: string, account: string): Promise<void>
  /** Ends the keyring by force and starts it again, unlocked. */
  restartKeyring(): Promise<void>
  /** Ends the keyring, so that the next call finds none; the bus stays. */
  stopKeyring(): Promise<void>
  /** Ends everything and removes the folder. Calling it again does nothing. */
  stop(): Promise<void>
}

export interface StoredSecret {
  readonly account: string
  readonly password: string
}

/** Why no Secret Service can be started on this computer, or `undefined` where it can. */
export function secretServiceMissing(): string | undefined {
  if (process.platform !== 'linux') {
    return 'A private Secret Service exists on Linux only.'
  }
  const missing = [
    ['dbus-daemon', 'dbus-daemon'],
    ['gnome-keyring-daemon', 'gnome-keyring'],
  ].filter(([command = '']) => spawnSync(command, ['--version']).error !== undefined)
  return missing.length === 0
    ? undefined
    : `Not installed: ${missing.map(([, debianPackage]) => debianPackage).join(', ')}.`
}

/**
 * Starts a private D-Bus session and a gnome-keyring in it, unlocked with a password that is thrown away.
 *
 * With `keyring: 'none'` the keyring runs and has nothing to keep secrets in, as where nobody has set it up yet.
 * Nothing of the user's own session or keyring is touched. Should this process die without calling `stop`, both
 * end by themselves. Rejects, with what was printed, when either does not come up within ten seconds.
 */
export async function startSecretService(
  options: { readonly keyring?: 'unlocked' | 'none' } = {},
): Promise<SecretService> {
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    const service = await start(options)
    if (options.keyring === 'none' || (await keepsSecrets(service.env))) return service
    await service.stop()
  }
  throw new Error('gnome-keyring-daemon came up five times without a keyring to keep secrets in.')
}

/** About one gnome-keyring in a hundred comes up without the keyring that it was told to unlock. */
async function keepsSecrets(env: Readonly<Record<string, string>>): Promise<boolean> {
  try {
    await runWithKeytar(env, keepSecret, 'Curfew start-up probe')
    return true
  } catch {
    return false
  }
}

async function start(options: { readonly keyring?: 'unlocked' | 'none' }): Promise<SecretService> {
  const folder = await mkdtemp(join(tmpdir(), 'curfew-keyring-'))
  const runtime = join(folder, 'run')
  await mkdir(runtime, { mode: 0o700 })
  const { PATH = '/usr/bin:/bin' } = process.env
  const privateEnv = {
    PATH,
    LANG: 'C.UTF-8',
    HOME: folder,
    XDG_DATA_HOME: join(folder, 'data'),
    XDG_CONFIG_HOME: join(folder, 'config'),
    XDG_CACHE_HOME: join(folder, 'cache'),
    XDG_RUNTIME_DIR: runtime,
  }
  const children: ChildProcess[] = []
  const stop = once(async () => {
    for (const child of children.toReversed()) {
      await end(child)
    }
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  try {
    // The shell ends the bus when its own standard input closes, which it does however this process dies.
    const bus = spawn(
      '/bin/sh',
      [
        '-c',
        `dbus-daemon --session --nofork --nopidfile --address="unix:dir=$XDG_RUNTIME_DIR" --print-address=1 &
         cat >/dev/null; kill $!; wait $!`,
      ],
      { env: privateEnv, stdio: ['pipe', 'pipe', 'pipe'] },
    )
    children.push(bus)
    const address = await firstLine(bus, 'dbus-daemon')
    const env = { DBUS_SESSION_BUS_ADDRESS: address }

    async function startKeyring(): Promise<ChildProcess> {
      const started = spawn(
        'gnome-keyring-daemon',
        [
          '--foreground',
          '--components=secrets',
          `--control-directory=${runtime}`,
          ...(options.keyring === 'none' ? [] : ['--unlock']),
        ],
        { env: { ...privateEnv, ...env }, stdio: ['pipe', 'pipe', 'pipe'] },
      )
      children.push(started)
      started.stdin.end(keyringPassword)
      await firstLine(started, 'gnome-keyring-daemon')
      await answering(env)
      return started
    }
    let keyring = await startKeyring()

    return {
      env,
      folder,
      stored: (service) => storedSecrets(env, service),
      ...createKeyringControl(address, runtime, keyringPassword),
      deleteEntry: async (service, account) => {
        await runWithKeytar(
          env,
          `await keytar.deletePassword(process.argv[1], ${JSON.stringify(account)})`,
          service,
        )
      },
      async restartKeyring() {
        const gone = new Promise((resolve) => keyring.once('exit', resolve))
        keyring.kill('SIGKILL')
        await gone
        keyring = await startKeyring()
      },
      stopKeyring: () => end(keyring),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

const keyringPassword = 'a password for this run only'

/** Waits until the keyring answers a real question: it prints its first line before it owns its bus name. */
async function answering(env: Readonly<Record<string, string>>): Promise<void> {
  const deadline = Date.now() + 10_000
  for (;;) {
    try {
      await storedSecrets(env, 'Curfew start-up probe')
      return
    } catch (error) {
      if (Date.now() > deadline) {
        throw error
      }
      await delay(50)
    }
  }
}

/** Reading is one call an entry: where one was deleted in between, all are read anew. */
const listSecrets = `
  for (;;) {
    try {
      process.stdout.write(JSON.stringify(await keytar.findCredentials(process.argv[1])))
      break
    } catch (error) {
      if (!/No such secret item/.test(String(error))) throw error
    }
  }
`
const keepSecret = `
  await keytar.setPassword(process.argv[1], 'probe', 'probe')
  await keytar.deletePassword(process.argv[1], 'probe')
`

async function storedSecrets(
  env: Readonly<Record<string, string>>,
  service: string,
): Promise<readonly StoredSecret[]> {
  return JSON.parse(await runWithKeytar(env, listSecrets, service)) as StoredSecret[]
}

/** Runs a script with keytar in a process of its own, on the bus of `env`; answers what it printed. */
async function runWithKeytar(
  env: Readonly<Record<string, string>>,
  script: string,
  service: string,
): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', `import keytar from 'keytar'\n${script}`, '--', service],
    { env: { ...process.env, ...env }, timeout: 10_000, maxBuffer: 64 * 1024 * 1024 },
  )
  return stdout
}

function firstLine(child: ChildProcess, name: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let errors = ''
    const timer = setTimeout(() => reject(new Error(`${name} did not start. It printed: ${errors}`)), 10_000)
    const settle = (action: () => void) => {
      clearTimeout(timer)
      action()
    }
    child.stderr?.on('data', (data: Buffer) => {
      errors += data.toString()
    })
    child.once('error', (error) => settle(() => reject(error)))
    child.once('exit', (code) => settle(() => reject(new Error(`${name} ended with ${code}: ${errors}`))))
    if (child.stdout) {
      createInterface(child.stdout).once('line', (line) => settle(() => resolve(line)))
    }
  })
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return
  }
  const gone = new Promise((resolve) => child.once('exit', resolve))
  // The bus ends when its input does (a signal would reach only the shell around it); the keyring by a signal.
  if (child.stdin?.writable) {
    child.stdin.end()
  } else {
    child.kill('SIGTERM')
  }
  const lastResort = setTimeout(() => child.kill('SIGKILL'), 3000)
  await gone
  clearTimeout(lastResort)
}

function once(action: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  return () => {
    running ??= action()
    return running
  }
}
