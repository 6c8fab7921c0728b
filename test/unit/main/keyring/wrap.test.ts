import { createHash, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { KeyringError } from '../../../../main/keyring/keyring-error.ts'
import { createWrap, parseWrap, unwrap } from '../../../../main/keyring/wrap.ts'

const least = { N: 16, r: 8, p: 1 }
const dataKey = randomBytes(32)
const passphrase = 'correct horse battery'
const wrapOf = (generation: number, cost = least) =>
  createWrap(passphrase, cost, randomBytes, () => ({ key: dataKey, generation }))

function faultOf(text: string): string {
  try {
    parseWrap(text, 'keyring', least)
    return 'none'
  } catch (error) {
    if (!(error instanceof KeyringError)) throw error
    expect(error.entry).toBe('keyring')
    return error.fault
  }
}

/** The line with the checksum that belongs to it, as somebody writes it who knows the form. */
function withChecksum(line: string): string {
  return `${line}.${createHash('sha256').update(line).digest().subarray(0, 6).toString('base64url')}`
}
const bare = (text: string) => text.replace(/\.[^.]*$/, '')
const changed = (text: string, at: number, field: string) => {
  const fields = bare(text).split('.')
  return withChecksum(fields.toSpliced(at, 1, field).join('.'))
}

test.each([
  [1, least],
  [10, { N: 32, r: 10, p: 12 }],
  [4_294_967_295, least],
])(
  'B8 a wrap, the %ith, is read as it was written, and opens with its passphrase and no other',
  async (generation, cost) => {
    const wrap = await wrapOf(generation, cost)
    const log2N = Math.log2(cost.N)
    expect(wrap.text).toMatch(
      new RegExp(
        `^curfew1\\.keyring\\.${generation}\\.${log2N}-${cost.r}-${cost.p}\\.[\\w-]{22}\\.[\\w-]{16}\\.[\\w-]{64}\\.[\\w-]{8}$`,
      ),
    )
    const read = parseWrap(wrap.text, 'keyring', least)
    expect(read).toEqual(wrap)
    expect((await unwrap(read, passphrase))?.equals(dataKey)).toBe(true)
    expect(await unwrap(read, `${passphrase}!`)).toBeUndefined()
  },
)

test('B8 a wrap of an earlier version, without a checksum, opens as well', async () => {
  const { text } = await wrapOf(1)
  const read = parseWrap(bare(text), 'keyring', least)
  expect((await unwrap(read, passphrase))?.equals(dataKey)).toBe(true)
})

test('B8 generation, cost and salt of a wrap are bound to it: changed, it does not open', async () => {
  const { text } = await wrapOf(7)
  const salt = text.split('.')[4] ?? ''
  for (const [at, field] of [
    [2, '8'],
    [3, '5-8-1'],
    [4, `${salt.startsWith('A') ? 'B' : 'A'}${salt.slice(1)}`],
  ] as const)
    expect(await unwrap(parseWrap(changed(text, at, field), 'keyring', least), passphrase)).toBeUndefined()
})

test.each([
  ['nothing', () => '', 'not-sealed'],
  ['something else', () => 'hunter2', 'not-sealed'],
  ['something before it', (text: string) => `x${text}`, 'not-sealed'],
  ['something after it', (text: string) => `${text}A`, 'truncated'],
  ['another kind of entry', (text: string) => text.replace('.keyring.', '.manifest.'), 'truncated'],
  ['only its beginning', (text: string) => text.slice(0, 40), 'truncated'],
  ['only the name of the version', () => 'curfew1', 'not-sealed'],
  ['a version to come', (text: string) => text.replace('curfew1.', 'curfew2.'), 'unknown-version'],
  ['a version far ahead', (text: string) => text.replace('curfew1.', 'curfew12.'), 'unknown-version'],
  ['a version that is none', (text: string) => text.replace('curfew1.', 'curfewx.'), 'not-sealed'],
  ['another generation', (text: string) => text.replace('.keyring.1.', '.keyring.2.'), 'tampered'],
  ['no generation', (text: string) => changed(text, 2, ''), 'truncated'],
  ['a generation too long', (text: string) => changed(text, 2, '12345678901'), 'truncated'],
  ['a cheaper cost', (text: string) => changed(text, 3, '3-8-1'), 'not-sealed'],
  ['a cost that fills the memory', (text: string) => changed(text, 3, '40-99-99'), 'not-sealed'],
  ['a cost of three digits', (text: string) => changed(text, 3, '004-8-1'), 'truncated'],
  ['a cost without a number', (text: string) => changed(text, 3, '4-8-'), 'truncated'],
  ['a salt cut short', (text: string) => changed(text, 4, 'A'.repeat(21)), 'truncated'],
  ['a nonce cut short', (text: string) => changed(text, 5, 'A'.repeat(15)), 'truncated'],
  ['a key cut short', (text: string) => changed(text, 6, 'A'.repeat(63)), 'truncated'],
  ['a key with a foreign character', (text: string) => changed(text, 6, '%'.repeat(64)), 'truncated'],
  ['a checksum cut short', (text: string) => text.slice(0, -1), 'truncated'],
  ['another checksum', (text: string) => `${bare(text)}.AAAAAAAA`, 'tampered'],
  ['a second checksum', (text: string) => `${text}.AAAAAAAA`, 'truncated'],
])('B8 with %s in its place it is not tried, and the fault is named', async (_, change, fault) => {
  const { text } = await wrapOf(1)
  expect(faultOf(change(text))).toBe(fault)
})

test('B8 where the app has locked by the time the passphrase’s key is there, nothing is wrapped', async () => {
  const locked = new KeyringError('locked')
  const wrapping = createWrap(passphrase, least, randomBytes, () => {
    throw locked
  })
  await expect(wrapping).rejects.toBe(locked)
})
