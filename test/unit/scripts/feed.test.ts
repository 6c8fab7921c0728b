import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { isSigned } from '../../../main/updates/signed-feed.ts'
import { signFeeds } from '../../../scripts/packaging/feed.ts'
import { createPublisher, release } from '../../support/update-feed.ts'

const publisher = createPublisher()
const der = publisher.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64')
const pem = publisher.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
const installer = 'Curfew-0.2.0-linux-amd64.deb'

/** A folder as `npm run package` leaves it: not signed yet. */
function folder() {
  const path = mkdtempSync(join(tmpdir(), 'curfew-release-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  const { 'latest-linux.yml.sig': _theirs, ...files } = release('0.2.0', publisher)
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content)
  return path
}

describe('C7 signing a release', () => {
  test.each([
    ['base64', der],
    ['PEM', pem],
  ])('with a key as %s leaves a signature that Curfew believes, under that name alone', (_form, key) => {
    const path = folder()
    expect(signFeeds(path, key)).toEqual(['latest-linux.yml'])
    const feed = readFileSync(join(path, 'latest-linux.yml'))
    const signature = readFileSync(join(path, 'latest-linux.yml.sig'), 'utf8')
    expect(isSigned('latest-linux.yml', feed, signature, [publisher.publicKey])).toBe(true)
    expect(isSigned('latest.yml', feed, signature, [publisher.publicKey])).toBe(false)
    expect(isSigned('latest-linux.yml', feed, signature, [createPublisher().publicKey])).toBe(false)
  })

  test('refuses a release of which a file is not what the feed says', () => {
    const path = folder()
    writeFileSync(join(path, installer), 'another')
    expect(() => signFeeds(path, der)).toThrow(`${installer} is not what latest-linux.yml says`)
  })

  test.each([
    ['nonsense'],
    [generateKeyPairSync('x25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()],
  ])('refuses what is no such key, and does not repeat it', (key) => {
    expect(() => signFeeds(folder(), key)).toThrow('CURFEW_UPDATE_KEY is no Ed25519 private key.')
  })
})
