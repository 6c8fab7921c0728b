import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { z } from 'zod'
import { publisher } from '../../main/settings/update-source.ts'
import { isSigned, signedBytes } from '../../main/updates/signed-feed.ts'
import { Explained } from '../explained.ts'

const Named = z.object({
  files: z.array(z.object({ url: z.string(), sha512: z.string(), size: z.int() })).min(1),
})

/**
 * Signs every feed of a folder, each beside itself as `….yml.sig`.
 *
 * @param key the private key, PKCS #8 as PEM or as base64 of DER
 * @returns the names of the feeds
 * @throws Explained where a file that a feed names is not what it says, or Curfew would not believe the signature
 */
export function signFeeds(folder: string, key: string): readonly string[] {
  const privateKey = readPrivateKey(key)
  const names = globSync('latest*.yml', { cwd: folder }).sort()
  if (names.length === 0) throw new Explained(`There is no feed in ${folder}: npm run package makes it.`)
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' })
  const publicKey = Buffer.from(x, 'base64url').toString('base64')
  if (publisher && !publisher.keys.includes(publicKey))
    throw new Explained('This is not a key that Curfew believes (main/settings/update-source.ts).')
  for (const name of names) {
    const feed = readFileSync(join(folder, name))
    for (const { url, sha512, size } of Named.parse(load(feed.toString('utf8'))).files) {
      const content = readFileSync(join(folder, url))
      const hash = createHash('sha512').update(content).digest('base64')
      if (content.length !== size || hash !== sha512)
        throw new Explained(`${url} is not what ${name} says. Nothing more was signed.`)
    }
    const signature = `${sign(null, signedBytes(name, feed), privateKey).toString('base64')}\n`
    if (!isSigned(name, feed, signature, [publicKey])) throw new Explained(`${name} could not be signed.`)
    writeFileSync(join(folder, `${name}.sig`), signature)
  }
  return names
}

function readPrivateKey(key: string): KeyObject {
  try {
    const read = key.includes('-----BEGIN')
      ? createPrivateKey(key)
      : createPrivateKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'pkcs8' })
    if (read.asymmetricKeyType === 'ed25519') return read
  } catch {
    // What a key is made of is not repeated in a message.
  }
  throw new Explained('CURFEW_UPDATE_KEY is no Ed25519 private key.')
}
