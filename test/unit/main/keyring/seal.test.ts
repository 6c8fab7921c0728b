import { createCipheriv, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { KeyringError } from '../../../../main/keyring/keyring-error.ts'
import { decrypt, deriveForPurpose, encrypt, openText, sealText } from '../../../../main/keyring/seal.ts'

const key = randomBytes(32)
const sealed = sealText(key, 'credentials', 'instance-1', 'a password', randomBytes)
const open = (text: string) => openText(key, 'credentials', 'instance-1', text, 'the entry')

function faultOf(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    if (error instanceof KeyringError) return error.fault
    throw error
  }
  return 'none'
}

describe('B8 a sealed text', () => {
  test('B8 opens to exactly what was sealed, whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.string(), (text, associated) => {
        const line = sealText(key, 'drafts', associated, text, randomBytes)
        expect(openText(key, 'drafts', associated, line, '')).toBe(text)
      }),
      { numRuns: 300 },
    )
  })

  test('B8 is one line of the form curfew1.<purpose>.<nonce>.<ciphertext> in base64url', () => {
    expect(sealed).toMatch(/^curfew1\.credentials\.[\w-]{16}\.[\w-]+$/)
    expect(sealed).not.toContain('password')
  })

  test('B8 is never sealed twice alike', () => {
    const again = sealText(key, 'credentials', 'instance-1', 'a password', randomBytes)
    expect(again).not.toBe(sealed)
    expect(again.split('.')[2]).not.toBe(sealed.split('.')[2])
  })

  test('B8 tells little of how long it is: texts up to 28 bytes look the same', () => {
    const lengths = ['', 'short', 'x'.repeat(28)].map(
      (text) => sealText(key, 'a', '', text, randomBytes).length,
    )
    expect(new Set(lengths).size).toBe(1)
  })

  test('B8 with any one character changed does not open, and the fault is named', () => {
    for (let at = 0; at < sealed.length; at += 1) {
      for (const other of ['A', 'z', '.', '%']) {
        if (sealed[at] === other) continue
        const changed = `${sealed.slice(0, at)}${other}${sealed.slice(at + 1)}`
        expect(
          faultOf(() => open(changed)),
          changed,
        ).toMatch(/^(tampered|truncated|wrong-purpose|not-sealed|unknown-version)$/)
      }
    }
  })

  test('B8 with a changed byte in its ciphertext is called tampered', () => {
    const [version, purpose, nonce, ciphertext = ''] = sealed.split('.')
    const bytes = Buffer.from(ciphertext, 'base64url')
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes)
      changed[at] = (changed[at] ?? 0) ^ 1
      const line = [version, purpose, nonce, changed.toString('base64url')].join('.')
      expect(faultOf(() => open(line))).toBe('tampered')
    }
  })

  test('B8 cut short anywhere is called truncated', () => {
    for (let length = 0; length < sealed.length; length += 1) {
      expect(
        faultOf(() => open(sealed.slice(0, length))),
        `${length}`,
      ).toBe('truncated')
    }
  })

  test('B8 of another purpose, version or instance does not open, and the fault is named', () => {
    const other = sealText(key, 'drafts', 'instance-1', 'a password', randomBytes)
    expect(faultOf(() => open(other))).toBe('wrong-purpose')
    expect(faultOf(() => open(other.replace('drafts', 'credentials')))).toBe('tampered')
    expect(faultOf(() => open(sealed.replace('curfew1', 'curfew2')))).toBe('unknown-version')
    expect(faultOf(() => open('hunter2'))).toBe('not-sealed')
    expect(faultOf(() => openText(key, 'credentials', 'instance-2', sealed, ''))).toBe('tampered')
  })

  test('B8 has a key of its own for every purpose', () => {
    const purposes = ['credentials', 'manifest', 'drafts'].map((purpose) => deriveForPurpose(key, purpose))
    expect(new Set([key, ...purposes].map((each) => each.toString('hex'))).size).toBe(4)
    expect(purposes.every((each) => each.length === 32)).toBe(true)
  })

  // Of two blocks, and with two spare bits in its last character.
  const longer = sealText(key, 'credentials', 'instance-1', 'x'.repeat(40), randomBytes)
  const [, , nonce = '', ciphertext = ''] = longer.split('.')
  const line = (...fields: readonly string[]) => ['curfew1', 'credentials', ...fields].join('.')
  const base64 = (bytes: number) => randomBytes(bytes).toString('base64url')
  /** The same bytes written otherwise: base64url has spare bits at its end. */
  const respelt = (text: string) => {
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    return `${text.slice(0, -1)}${letters[letters.indexOf(text.at(-1) ?? '') + 1]}`
  }

  test.each([
    ['a further field', `${longer}.x`, 'tampered'],
    ['an empty further field', `${longer}.`, 'tampered'],
    ['something before the version', `x${longer}`, 'not-sealed'],
    ['something after the version', longer.replace('curfew1', 'curfew1x'), 'not-sealed'],
    ['a version far ahead', longer.replace('curfew1', 'curfew12'), 'unknown-version'],
    ['no version', longer.replace('curfew1', 'curfew'), 'truncated'],
    ['only a version and a purpose', 'curfew1.credentials', 'truncated'],
    ['no ciphertext', line(nonce), 'truncated'],
    ['an empty ciphertext', line(nonce, ''), 'truncated'],
    ['a tag alone', line(nonce, base64(16)), 'truncated'],
    ['less than a tag', line(nonce, base64(15)), 'truncated'],
    ['half a block', line(nonce, base64(32)), 'truncated'],
    ['a block and a half', line(nonce, base64(64)), 'truncated'],
    ['other blocks', line(nonce, base64(80)), 'tampered'],
    ['one block less', line(nonce, ciphertext.slice(0, 64)), 'tampered'],
    ['a nonce cut short', line(nonce.slice(0, 12), ciphertext), 'truncated'],
    ['a nonce too long', line(`${nonce}AAAA`, ciphertext), 'truncated'],
    ['another nonce', line(base64(12), ciphertext), 'tampered'],
    ['the same bytes in other letters', line(nonce, respelt(ciphertext)), 'truncated'],
    ['padding', line(nonce, `${ciphertext}=`), 'tampered'],
    ['a foreign character in front', line(nonce, `%${ciphertext}`), 'tampered'],
    ['a foreign character at the end', line(nonce, `${ciphertext}%`), 'tampered'],
    ['a line break at the end', `${longer}\n`, 'tampered'],
  ])('B8 with %s does not open, and the fault is named', (_, text, fault) => {
    expect(open(longer)).toBe('x'.repeat(40))
    expect(faultOf(() => open(text))).toBe(fault)
  })

  test('B8 takes as many blocks of 32 bytes as it needs: 28 bytes fit the first, with their length', () => {
    const blocks = [28, 29, 60, 61].map((length) => {
      const [, , , sealedText = ''] = sealText(key, 'a', '', 'x'.repeat(length), randomBytes).split('.')
      return (Buffer.from(sealedText, 'base64url').length - 16) / 32
    })
    expect(blocks).toEqual([1, 2, 2, 3])
  })
})

describe('B8 what is encrypted', () => {
  test('B8 opens with the same key, nonce and associated text alone, be it empty', () => {
    const { nonce, sealed: bytes } = encrypt(key, 'a', Buffer.alloc(0), randomBytes)
    expect([nonce.length, bytes.length]).toEqual([12, 16])
    expect(decrypt(key, 'a', nonce, bytes)).toEqual(Buffer.alloc(0))
    expect(decrypt(key, 'b', nonce, bytes)).toBeUndefined()
    expect(decrypt(randomBytes(32), 'a', nonce, bytes)).toBeUndefined()
    expect(decrypt(key, 'a', randomBytes(12), bytes)).toBeUndefined()
    expect(decrypt(key, 'a', nonce, bytes.subarray(1))).toBeUndefined()
  })

  test('B8 does not open by a nonce of another length, though it was encrypted by that', () => {
    for (const length of [8, 11, 13, 16]) {
      const nonce = randomBytes(length)
      const cipher = createCipheriv('aes-256-gcm', key, nonce)
      cipher.setAAD(Buffer.from('a'))
      const bytes = Buffer.concat([cipher.update('text'), cipher.final(), cipher.getAuthTag()])
      expect(decrypt(key, 'a', nonce, bytes)).toBeUndefined()
    }
  })
})
