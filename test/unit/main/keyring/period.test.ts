import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { KeyringError } from '../../../../main/keyring/keyring-error.ts'
import { newManifest } from '../../../../main/keyring/manifest.ts'
import { beginPeriod } from '../../../../main/keyring/period.ts'
import { sealText } from '../../../../main/keyring/seal.ts'

const isZero = (key: Buffer | undefined) => key?.equals(Buffer.alloc(32))

function begin(previous?: Buffer) {
  const dataKey = randomBytes(32)
  return { dataKey, now: beginPeriod({ dataKey, manifest: newManifest, text: 'first', previous }) }
}

test('B8 a period makes the key of a purpose once, and clears every key that it has handed out', () => {
  const { dataKey, now } = begin(randomBytes(32))
  const keys = ['a', 'b'].flatMap((purpose) => [now.keyFor(purpose), now.previousKeyFor(purpose)])
  expect(['a', 'b'].flatMap((purpose) => [now.keyFor(purpose), now.previousKeyFor(purpose)])).toEqual(keys)
  expect(now.keyFor('a')).toBe(keys[0])
  expect(now.previousKeyFor('a')).toBe(keys[1])
  expect(new Set(keys.map((key) => key?.toString('hex'))).size).toBe(4)
  now.end()
  expect([dataKey, ...keys].map(isZero)).toEqual(Array.from({ length: 5 }, () => true))
})

test('B8 a period that has ended gives no key, neither of the two, and opens nothing', () => {
  const { now } = begin(randomBytes(32))
  const sealed = sealText(now.keyFor('a'), 'a', '', 'text', randomBytes)
  expect(now.ended).toBe(false)
  now.end()
  expect(now.ended).toBe(true)
  const locked = new KeyringError('locked')
  expect(() => now.stillOpen()).toThrow(locked)
  expect(() => now.keyFor('a')).toThrow(locked)
  expect(() => now.previousKeyFor('a')).toThrow(locked)
  expect(() => now.openText('a', '', sealed, 'entry')).toThrow(locked)
})

test('B8 a key that comes after the period has ended is cleared, and takes no place', () => {
  const { dataKey, now } = begin()
  now.end()
  const next = randomBytes(32)
  now.replaceKey(next)
  expect(isZero(next)).toBe(true)
  expect(now.dataKey).toBe(dataKey)
})

test('B8 a key that replaces another seals from then on, and what is sealed under the one before still opens', () => {
  const { dataKey, now } = begin()
  const before = now.keyFor('a')
  const sealed = sealText(before, 'a', '', 'text', randomBytes)
  expect(now.previousKeyFor('a')).toBeUndefined()
  const next = randomBytes(32)
  now.replaceKey(next)
  expect(now.dataKey).toBe(next)
  expect(now.previousKeyFor('a')).toBe(before)
  expect(now.openText('a', '', sealed, 'entry')).toBe('text')
  now.dropPrevious()
  expect([dataKey, before, next, now.keyFor('a')].map(isZero)).toEqual([true, true, false, false])
  expect(() => now.openText('a', '', sealed, 'entry')).toThrow(new KeyringError('tampered', 'entry'))
  expect(now.previousKeyFor('a')).toBeUndefined()
})

test('B8 what was damaged is named by its own fault, with a key before or without', () => {
  for (const { now } of [begin(), begin(randomBytes(32))]) {
    const sealed = sealText(now.keyFor('a'), 'a', '', 'text', randomBytes)
    expect(() => now.openText('b', '', sealed, 'entry')).toThrow(new KeyringError('wrong-purpose', 'entry'))
    expect(() => now.openText('a', '', sealed.slice(0, -9), 'entry')).toThrow(
      new KeyringError('truncated', 'entry'),
    )
    expect(() => now.openText('a', 'other', sealed, 'entry')).toThrow(new KeyringError('tampered', 'entry'))
  }
})

test('B8 a period knows its manifest by what it read, and by what it has written or may have', () => {
  const { now } = begin()
  const isOwn = () => ['first', 'second', 'third'].map((text) => now.isOwn(text))
  expect(isOwn()).toEqual([true, false, false])
  now.writing('second')
  expect(isOwn()).toEqual([true, true, false])
  const manifest = { ...newManifest, counter: 2 }
  now.wrote({ manifest, text: 'third' })
  expect(isOwn()).toEqual([false, false, true])
  expect(now.manifest).toBe(manifest)
})
