import { expect, test } from 'vitest'
import { ProofBits, proofText } from '../../../domain/service-proof.ts'

const bits = `${'aZ0_-'.repeat(8)}aZ0`

test.each([
  ['43 characters of base64url', bits, true],
  ['one less', bits.slice(1), false],
  ['one more', `${bits}a`, false],
  ['a character of plain base64', `${bits.slice(1)}+`, false],
  ['padding', `${bits}=`, false],
  ['a new line behind it', `${bits}\n`, false],
  ['something before it', ` ${bits}`, false],
  ['nothing', '', false],
])('The key of a proof and its challenge are 32 random bytes in base64url: %s', (_, text, fits) => {
  const parsed = ProofBits.safeParse(text)
  expect(parsed.success).toBe(fits)
  if (!fits)
    expect(parsed.error?.issues[0]?.message).toBe(
      'This is 32 random bytes in base64url without padding: 43 characters.',
    )
})

test('A proof is made over its version, the challenge and the origin, each on its own line', () => {
  expect(proofText(bits, 'http://127.0.0.1:4180')).toBe(
    `curfew-service-proof 1\n${bits}\nhttp://127.0.0.1:4180`,
  )
})
