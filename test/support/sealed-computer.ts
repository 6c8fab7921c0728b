import type { Job } from '../../domain/job.ts'
import { createJobsStore } from '../../main/jobs/jobs-file.ts'
import type { Keychain } from '../../main/keychain/keychain.ts'
import { createVault } from '../../main/vault/vault.ts'
import { cheapScrypt } from './cheap-scrypt.ts'
import { createMemoryKeychain } from './memory-keychain.ts'
import { createMemoryStore } from './memory-store.ts'
import { createVirtualTime } from './virtual-time.ts'

/** What of Curfew outlives its process: the keychain's entries, and the file of the reports. */
export interface Computer {
  readonly entries: Map<string, string>
  jobs: string
}

/** Called before and after every write, with the entry's name or `jobs.json`; throws to make it fail. */
export interface WriteHooks {
  readonly before?: ((what: string) => void) | undefined
  readonly after?: ((what: string) => void) | undefined
}

export const copyOf = ({ entries, jobs }: Computer): Computer => ({ entries: new Map(entries), jobs })

/** A vault with every kind of sealed thing over a computer; over the same one again it is a restart. */
export function startVault(computer: Computer, hooks: WriteHooks = {}) {
  const time = createVirtualTime()
  const logged: string[] = []
  async function write<T>(what: string, action: () => T): Promise<T> {
    hooks.before?.(what)
    const result = action()
    hooks.after?.(what)
    return result
  }
  const memory = createMemoryKeychain(computer.entries)
  const keychain: Keychain = {
    ...memory,
    set: (account, value) =>
      write(account, () => {
        computer.entries.set(account, value)
      }),
    delete: (account) => write(account, () => computer.entries.delete(account)),
  }
  const vault = createVault({
    keychain,
    clock: time.clock,
    after: time.after,
    attemptsStore: createMemoryStore(),
    knownWords: () => [],
    settings: () => ({
      autoLockMinutes: 10,
      lockOnSuspend: true,
      lockOnScreenLock: true,
      lockOnMinimise: false,
    }),
    log: (what) => logged.push(what),
    scryptCost: cheapScrypt,
  })
  let value = computer.jobs
  const file = {
    get value() {
      return value
    },
    async write(next: string) {
      value = next
      await write('jobs.json', () => {
        computer.jobs = next
      })
    },
    async clear() {
      await file.write('')
    },
  }
  const jobs = createJobsStore(file, vault.box, ({ title }) => logged.push(title))
  return { vault, jobs, logged, time }
}

export const instanceIds = [
  '11111111-1111-4111-8111-111111111111',
  '22222222-2222-4222-8222-222222222222',
  '33333333-3333-4333-8333-333333333333',
] as const

export const passwordOf = (id: string) => `password of ${id}`

export const sampleJob: Job = {
  id: '5d1c7e34-31a7-4a8e-9d37-0d4d5b1e7c22',
  title: 'Revoke all sessions of Ann',
  startedAt: '2026-01-01T00:00:00Z',
  order: { kind: 'revoke-users', instance: instanceIds[0], reason: 'left', includeOwn: false },
  state: { status: 'done' },
  items: [{ id: 'u1', name: 'Ann', outcome: { what: 'revoked', sessions: 2 } }],
}

/** A computer with three passwords and a report sealed under a passphrase. */
export async function filledComputer(passphrase: string): Promise<Computer> {
  const computer: Computer = { entries: new Map(), jobs: '' }
  const { vault, jobs } = startVault(computer)
  await vault.setUp(passphrase)
  for (const id of instanceIds) await vault.credentials.write(id, passwordOf(id))
  await jobs.write([sampleJob])
  return computer
}
