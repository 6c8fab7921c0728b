/**
 * A process of its own that does one thing to the real keychain and prints what came of it, as JSON. The keychain
 * is that of its environment; tests give it a private one.
 */
import { KeychainError, keychainValueMaxBytes, probeKeychain } from '../../main/keychain/keychain.ts'
import { createKeytarKeychain } from '../../main/keychain/keytar-keychain.ts'
import { createKeyring } from '../../main/keyring/keyring.ts'
import { cheapScrypt } from '../support/cheap-scrypt.ts'

const real = createKeytarKeychain({ timeoutMs: 5000 })
const [name = '', ...words] = process.argv.slice(2)
let writes = 0
let endsAfter = Number.POSITIVE_INFINITY

/** Ends this process, with nothing tidied up, right after so many writes. */
function mayEnd<T>(result: T): T {
  writes += 1
  if (writes === endsAfter) process.kill(process.pid, 'SIGKILL')
  return result
}

const keychain = {
  ...real,
  set: async (account: string, value: string) => mayEnd(await real.set(account, value)),
  delete: async (account: string) => mayEnd(await real.delete(account)),
}
const keyring = createKeyring({ keychain, scryptCost: cheapScrypt })
const id = '11111111-1111-4111-8111-111111111111'

const scenarios: Record<string, (...words: string[]) => Promise<unknown>> = {
  async 'round-trip'() {
    const longest = 'x'.repeat(keychainValueMaxBytes)
    await probeKeychain(real)
    const missing = await real.get('a')
    await real.set('a', longest)
    await real.set('a', longest)
    const kept = (await real.get('a')) === longest
    const listed = await real.list()
    const deleted = [await real.delete('a'), await real.delete('a')]
    return { missing: missing ?? 'missing', kept, listed, deleted, left: await real.list() }
  },
  async read() {
    return real.get('a')
  },
  async create(passphrase = '', password = '') {
    await keyring.create(passphrase)
    await keyring.credentials.write(id, password)
    return keyring.status()
  },
  async unlock(passphrase = '') {
    const outcome = await keyring.unlock(passphrase)
    if (outcome === 'unlocked') await keyring.reseal(() => {})
    return { outcome, password: outcome === 'unlocked' ? await keyring.credentials.read(id) : '' }
  },
  async change(current = '', next = '', ends = '') {
    await keyring.unlock(current)
    if (ends) endsAfter = writes + Number(ends)
    return keyring.changePassphrase(current, next, { replaceKey: false })
  },
  async replace(current = '', next = '', ends = '') {
    await keyring.unlock(current)
    if (ends) endsAfter = writes + Number(ends)
    const outcome = await keyring.changePassphrase(current, next, { replaceKey: true })
    await keyring.reseal(() => {})
    return outcome
  },
  async forget() {
    await keyring.forgetEverything()
    return real.list()
  },
}

const started = performance.now()
try {
  const value = await scenarios[name]?.(...words)
  console.log(JSON.stringify({ value }))
} catch (error) {
  if (!(error instanceof KeychainError)) throw error
  const { message, fault } = error
  console.log(JSON.stringify({ error: { message, fault }, milliseconds: performance.now() - started }))
}
