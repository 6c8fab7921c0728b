/**
 * A process of its own with the whole app over the real keychain of its environment: begins or goes on, prints what
 * came of it as JSON, and ends without tidying up.
 */
import { createKeytarKeychain } from '../../main/keychain/keytar-keychain.ts'
import { startApp } from '../support/app.ts'
import { ownerPassword } from '../support/session-service.ts'

const [step = '', dataFolder = '', baseUrl = ''] = process.argv.slice(2)
const passphrase = 'correct horse battery'
const app = await startApp({ dataFolder, keychain: createKeytarKeychain({ timeoutMs: 5000 }) })
const before = await app.value('lock.state')

if (step === 'begin') {
  await app.value('lock.setUp', { passphrase })
  const account = { baseUrl, username: 'owner', password: ownerPassword }
  await app.value('instances.add', { name: 'Test', environment: '', colour: 'blue', ...account })
  app.curfew.lockNow()
}
const { outcome } = await app.value('lock.unlock', { passphrase })
const [first] = await app.value('instances.list')
const reading = await app.call('policy.read', { instance: first?.instance.id ?? '' })
const printed = { before: before.status, outcome, read: reading.ok, faults: app.faults }
process.stdout.write(JSON.stringify(printed), () => process.exit())
