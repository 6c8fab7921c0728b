import { randomBytes } from 'node:crypto'
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createKeyring } from '../../../../main/keyring/keyring.ts'
import { deriveForPurpose } from '../../../../main/keyring/seal.ts'
import { cheapScrypt } from '../../../support/cheap-scrypt.ts'
import { createMemoryKeychain } from '../../../support/memory-keychain.ts'

/** A key with every bit turned: remembering it so is no copy of it, and nor is what this leaves behind. */
function turned(key: Buffer): Buffer {
  const other = Buffer.alloc(key.length)
  for (const [index, byte] of key.entries()) other[index] = byte ^ 0xff
  return other
}

/** How often each of the keys, given turned, is in this process's writable memory. */
function copiesOf(keys: readonly Buffer[]): readonly number[] {
  // What is searched for is itself in memory: once, and not counted.
  const wanted = keys.map(turned)
  const counts = keys.map(() => -1)
  const memory = openSync('/proc/self/mem', 'r')
  const chunk = Buffer.alloc(4 * 1024 * 1024)
  for (const line of readFileSync('/proc/self/maps', 'utf8').split('\n')) {
    const [, from = '', to = ''] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? []
    const end = Number.parseInt(to, 16)
    let at = Number.parseInt(from, 16)
    while (at < end) {
      const length = read(memory, chunk, Math.min(chunk.length, end - at), at)
      if (length === 0) break
      const piece = chunk.subarray(0, length)
      for (const [index, key] of wanted.entries()) {
        for (let found = piece.indexOf(key); found !== -1; found = piece.indexOf(key, found + 1)) {
          counts[index] = (counts[index] ?? 0) + 1
        }
      }
      // What was read must not be found as a copy when it is the turn of the chunk itself.
      piece.fill(0)
      at += at + length < end ? length - 31 : length
    }
  }
  closeSync(memory)
  for (const key of wanted) key.fill(0)
  return counts
}

function read(memory: number, chunk: Buffer, length: number, at: number): number {
  try {
    return readSync(memory, chunk, 0, length, at)
  } catch {
    // A region that the kernel keeps to itself.
    return 0
  }
}

test.skipIf(process.platform !== 'linux')(
  'B8 while locked, neither the data key nor a key made from it is anywhere in the process’s memory',
  async () => {
    const keys: Buffer[] = []
    const random = (bytes: number) => {
      const value = randomBytes(bytes)
      if (bytes === 32) {
        const credentialsKey = deriveForPurpose(value, 'credentials')
        keys.push(turned(value), turned(credentialsKey))
        credentialsKey.fill(0)
      }
      return value
    }
    const keyring = createKeyring({
      keychain: createMemoryKeychain(),
      random,
      scryptCost: cheapScrypt,
    })
    const id = '11111111-1111-4111-8111-111111111111'
    await keyring.create('a passphrase')
    await keyring.unlock('a passphrase')
    await keyring.credentials.write(id, 'a password')
    expect(await keyring.credentials.read(id)).toBe('a password')
    expect(copiesOf(keys).map((copies) => copies > 0)).toEqual([true, true])
    keyring.seal()
    expect(copiesOf(keys)).toEqual([0, 0])
  },
)
