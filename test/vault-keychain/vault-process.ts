/**
 * A process of its own with a vault over the real keychain of its environment. Each line on its standard input is a
 * call as JSON, each line it prints the answer: a test sees what came of it, and whether the process survived.
 */
import { createInterface } from 'node:readline'
import { defaultSettings } from '../../domain/settings.ts'
import { systemAfter, systemClock } from '../../main/clock.ts'
import { createKeytarKeychain } from '../../main/keychain/keytar-keychain.ts'
import { createVault } from '../../main/vault/vault.ts'
import { cheapScrypt } from '../support/cheap-scrypt.ts'
import { createMemoryStore } from '../support/memory-store.ts'

const vault = createVault({
  keychain: createKeytarKeychain({ timeoutMs: 5000 }),
  clock: systemClock,
  after: systemAfter,
  attemptsStore: createMemoryStore(),
  settings: () => defaultSettings,
  knownWords: () => [],
  log: (what, error) => console.error(what, error),
  scryptCost: cheapScrypt,
})
let told: unknown
vault.onState((state) => {
  told = state
})

const calls = {
  state: () => vault.state(),
  told: async () => told ?? null,
  setUp: (passphrase: string) => vault.setUp(passphrase),
  unlock: (passphrase: string) => vault.unlock(passphrase),
  lock: async () => vault.lock('manual'),
  read: (id: string) => vault.credentials.read(id),
  write: (id: string, value: string) => vault.credentials.write(id, value),
  delete: (id: string) => vault.credentials.delete(id),
  openKeychain: () => vault.openKeychain(),
  forgetEverything: () => vault.forgetEverything(),
}
export type Calls = typeof calls

for await (const line of createInterface(process.stdin)) {
  const [name, ...words] = JSON.parse(line) as [keyof Calls, ...string[]]
  const call = calls[name] as (...words: string[]) => Promise<unknown>
  const answer = await call(...words).catch((error: unknown) => ({ threw: String(error) }))
  console.log(JSON.stringify(answer ?? null))
}
