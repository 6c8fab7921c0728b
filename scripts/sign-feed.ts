import { generateKeyPairSync } from 'node:crypto'
import { parseArgs } from 'node:util'
import { Explained, explainFailures } from './explained.ts'
import { signFeeds } from './packaging/feed.ts'

/**
 * `npm run sign-feed`: signs the feeds of updates in `release/` with the key in `CURFEW_UPDATE_KEY`, once every file that
 * they name is there and is what they say. `-- --new-key` makes a key (docs/updates.md).
 */
explainFailures()
const { values, positionals } = parseArgs({
  options: { 'new-key': { type: 'boolean' } },
  allowPositionals: true,
})
if (values['new-key']) {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const { x = '' } = publicKey.export({ format: 'jwk' })
  console.log(`CURFEW_UPDATE_KEY=${privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64')}`)
  console.log(`public key: ${Buffer.from(x, 'base64url').toString('base64')}`)
} else {
  const key = process.env['CURFEW_UPDATE_KEY']
  if (!key) throw new Explained('Set CURFEW_UPDATE_KEY to the key that signs updates; --new-key makes one.')
  const [folder = 'release'] = positionals
  for (const name of signFeeds(folder, key)) console.log(`Signed ${name}.`)
}
