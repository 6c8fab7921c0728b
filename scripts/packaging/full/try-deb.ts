import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/**
 * Runs as root of a throw-away system: installs an older deb, has a person begin with it, installs the newer one over it,
 * has the person go on, and takes it off. Prints what is wrong, in sentences, and ends with 1 where something is.
 */
const [older = '', newer = '', home = '', pictures = ''] = process.argv.slice(2)
const executable = '/usr/bin/curfew'
const faults: string[] = []
const demand = (holds: boolean, otherwise: string) => {
  if (!holds) faults.push(otherwise)
}

mkdirSync(home, { recursive: true })
apt('install', older)
const version = () =>
  spawnSync('dpkg-query', ['--show', `--showformat=\${Version}`, 'curfew'], { encoding: 'utf8' }).stdout
const before = version()
const files = spawnSync('dpkg-query', ['--listfiles', 'curfew'], { encoding: 'utf8' })
  .stdout.trim()
  .split('\n')
demand(files.includes('/usr/share/applications/curfew.desktop'), 'No desktop file was installed.')

const person = spawn(
  'unshare',
  [
    '--user',
    '--map-user=1000',
    '--map-group=1000',
    '--',
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    join(import.meta.dirname, 'person.ts'),
    executable,
    pictures,
  ],
  { env: { ...process.env, HOME: home }, stdio: ['pipe', 'pipe', 'inherit'] },
)
// That it is gone shows in the answer that does not come.
person.stdin.on('error', () => {})
const answers = createInterface(person.stdout)[Symbol.asyncIterator]()
interface Seen {
  readonly fault?: string
  readonly title?: string
  readonly renderers?: readonly { readonly seccomp: string; readonly unsandboxed: boolean }[]
}
async function ask(what: 'first' | 'again'): Promise<Seen> {
  person.stdin.write(`${what}\n`)
  return JSON.parse(
    ((await answers.next()).value as string | undefined) ?? '{"fault":"the person is gone"}',
  ) as Seen
}
const first = await ask('first')
demand(first.fault === undefined, `The installed app did not get to its first screen: ${first.fault}`)
demand((first.renderers?.length ?? 0) > 0, 'Nothing draws.')
demand(
  first.renderers?.every(({ seccomp, unsandboxed }) => seccomp === '2' && !unsandboxed) ?? false,
  'What draws runs without its sandbox.',
)
apt('install', newer)
demand(version() !== before, 'Installing the newer one over the older one left the older one.')
const again = await ask('again')
demand(again.fault === undefined, `After the upgrade it did not open: ${again.fault}`)
demand(
  again.title === first.title,
  `After the upgrade it shows “${again.title}”, and before it showed “${first.title}”.`,
)
person.stdin.end()
await new Promise((resolve) => person.once('exit', resolve))

apt('purge', 'curfew')
const shared = files.filter((path) => path.toLowerCase().includes('curfew'))
for (const path of shared) demand(!existsSync(path), `${path} is left.`)
for (const folder of ['/opt', '/usr/bin', '/etc/apparmor.d'])
  for (const name of existsSync(folder) ? readdirSync(folder) : [])
    demand(!/curfew/i.test(name), `${folder}/${name} is left.`)
demand(
  readdirSync(home, { recursive: true }).some((name) => /curfew/i.test(String(name))),
  'Taking the app off took the person’s data too.',
)
for (const fault of faults) console.log(fault)
process.exit(faults.length > 0 ? 1 : 0)

function apt(act: 'install' | 'purge', what: string): void {
  const { status, stdout, stderr } = spawnSync('apt-get', [act, '--yes', '--no-install-recommends', what], {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    maxBuffer: 64 * 1024 * 1024,
  })
  if (status === 0) return
  console.log(`apt-get ${act} ended with ${status}: ${stdout.slice(-1_500)}${stderr.slice(-1_500)}`)
  process.exit(1)
}
