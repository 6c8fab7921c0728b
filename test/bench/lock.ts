import { randomBytes, scryptSync } from 'node:crypto'
import type { Page } from '@playwright/test'
import { credentialText, destinationOf } from '../../domain/credential.ts'
import type { Instance, InstanceId } from '../../domain/instance.ts'
import { succeed } from '../../domain/problem.ts'
import { scaledAfter, scaledClock, systemAfter, systemClock } from '../../main/clock.ts'
import { sessionService } from '../../main/connectors/session-service/session-service.ts'
import { createAccess } from '../../main/instances/access.ts'
import { type Connections, createConnections } from '../../main/instances/connections.ts'
import { defaultScryptCost } from '../../main/keyring/passphrase.ts'
import { createVault } from '../../main/vault/vault.ts'
import { ensureSystemPackages, testPackages } from '../../scripts/system-packages.ts'
import { leaveRoot } from '../../scripts/unprivileged.ts'
import { passphrase, setUpDesk, setUpWith } from '../e2e/support/desk.ts'
import { asOwner } from '../e2e/support/fixtures.ts'
import { createMemoryKeychain } from '../support/memory-keychain.ts'
import { createMemoryStore } from '../support/memory-store.ts'
import { ownerPassword, startTestService, type TestService } from '../support/session-service.ts'
import { addAccounts } from './accounts.ts'
import { atMost, median, type Row } from './row.ts'

const instanceCount = 50
/** A minute of the lock's clock passes in two seconds; what is measured is this computer's own time. */
const timeScale = 30
const sealRounds = 3
const unlockRounds = 7
const checks = 200_000

/** The figures of the lock (SECURITY.md, "The lock in figures"). */
export async function measure(print: (row: Row) => void): Promise<void> {
  ensureSystemPackages(testPackages)
  await leaveRoot()
  const service = await startTestService()
  await measureSealing(service, print)
  await measureUnlocking(service, print)
  await service.stop()
}

const idOf = (at: number) => `11111111-1111-4111-8111-${String(at).padStart(12, '0')}`

function instanceOf(at: number, baseUrl: string): Instance {
  const shown = { name: `Instance ${at}`, colour: 'blue', environment: '' } as const
  const account = { connector: 'session-service', builtIn: false, username: `bench-${at}` } as const
  return { id: idOf(at), baseUrl, ...shown, ...account }
}

/** The vault and fifty connections, put together as in `main/curfew.ts`. */
async function openFleet(baseUrl: string) {
  const instances = Array.from({ length: instanceCount }, (_, at) => instanceOf(at, baseUrl))
  const ids = instances.map(({ id }) => id)
  const vault = createVault({
    keychain: createMemoryKeychain(),
    clock: scaledClock(systemClock, timeScale),
    after: scaledAfter(systemAfter, timeScale),
    attemptsStore: createMemoryStore(),
    settings: () => ({
      autoLockMinutes: 1,
      lockOnSuspend: true,
      lockOnScreenLock: true,
      lockOnMinimise: false,
      lockOnSystemIdle: false,
    }),
    knownWords: () => [],
    log: (what, error) => console.error(what, error),
  })
  const refuse = () => Promise.reject(new Error('The list stays as it is.'))
  const registry = {
    list: () => instances,
    get: (id: InstanceId) => instances.find((instance) => instance.id === id),
    put: refuse,
    remove: refuse,
    clear: refuse,
  }
  const access = createAccess({
    registry,
    credentials: vault.credentials,
    hosts: { vouch: () => {} },
    startBuiltIn: refuse,
    builtInKey: () => undefined,
    connectorOf: () => sessionService,
    fetch,
    certificates: { fetchPinned: () => refuse },
  })
  const connections = createConnections({
    registry,
    access,
    after: systemAfter,
    now: () => new Date(),
  })
  await vault.setUp(passphrase)
  for (const instance of instances) {
    const stored = credentialText({ kind: 'password', secret: ownerPassword }, destinationOf(instance))
    await vault.credentials.write(instance.id, stored)
  }
  return { vault, connections, ids }
}

const until = async (condition: () => boolean, meanwhile: () => void) => {
  while (!condition()) {
    meanwhile()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const areConnected = (connections: Connections) =>
  connections.states().every(({ connection }) => connection.status === 'connected')

async function measureSealing(service: TestService, print: (row: Row) => void): Promise<void> {
  await addAccounts(service, instanceCount)
  const { vault, connections, ids } = await openFleet(service.url)
  const late: number[] = []
  const cost: number[] = []
  for (let round = 0; round < sealRounds; round += 1) {
    vault.activity()
    if (!vault.isUnlocked()) await vault.unlock(passphrase)
    connections.open(vault.signal)
    await until(() => areConnected(connections), vault.activity)
    if (round === 0) {
      const start = performance.now()
      for (let check = 0; check < checks; check += 1) vault.unlockedPeriod()
      cost.push(((performance.now() - start) * 1000) / checks)
    }
    // Every connection has a request under way when the deadline comes.
    const busy = new AbortController()
    const work = ids.map(async (id) => {
      while (!busy.signal.aborted)
        await connections.use(
          id,
          async (connection) =>
            (await connection.users?.list({ search: '', active: false, limit: 100 })) ?? succeed(undefined),
        )
    })
    const sealed = new Promise<number>((resolve) => {
      const end = vault.onLocked(() => {
        connections.close()
        busy.abort()
        end()
        resolve(performance.now())
      })
    })
    vault.activity()
    const deadline = performance.now() + 60_000 / timeScale
    late.push((await sealed) - deadline)
    await Promise.all(work)
  }
  print(
    atMost(
      `from the deadline to sealed, ${instanceCount} connected instances, worst of ${sealRounds}`,
      Math.max(...late),
      250,
      'ms',
    ),
  )
  print(atMost('the check before each privileged call', median(cost), 20, 'µs'))
}

/** From the click on *Unlock* until the heading of the last screen stands there, told by the page itself. */
async function timeUnlocking(page: Page): Promise<number> {
  await page.getByLabel('Passphrase', { exact: true }).fill(passphrase)
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const start = performance.now()
        const observer = new MutationObserver(() => {
          if (!document.querySelector('#screen h1')) return
          observer.disconnect()
          resolve(performance.now() - start)
        })
        observer.observe(document, { childList: true, subtree: true })
        document.querySelector<HTMLButtonElement>('button[type="submit"]')?.click()
      }),
  )
}

function timeScrypt(): number {
  const { N, r, p } = defaultScryptCost
  const start = performance.now()
  scryptSync(passphrase, randomBytes(16), 32, { N, r, p, maxmem: 256 * N * r * p })
  return performance.now() - start
}

async function measureUnlocking(service: TestService, print: (row: Row) => void): Promise<void> {
  const desk = await setUpDesk()
  const page = await desk.open()
  await setUpWith(page, asOwner(service))
  const ratios: number[] = []
  for (let round = 0; round < unlockRounds; round += 1) {
    await desk.lock()
    await page.getByRole('button', { name: 'Unlock' }).waitFor()
    const bare = timeScrypt()
    ratios.push((await timeUnlocking(page)) / ((bare + timeScrypt()) / 2))
  }
  await desk.clear()
  print(
    atMost(
      `from Unlock to the last screen, of bare scrypt, median of ${unlockRounds}`,
      median(ratios),
      1.25,
      '×',
    ),
  )
}
