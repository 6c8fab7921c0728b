import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { KeyringError } from '../../../../main/keyring/keyring-error.ts'
import { deriveForPurpose, openText, sealText } from '../../../../main/keyring/seal.ts'

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
})
