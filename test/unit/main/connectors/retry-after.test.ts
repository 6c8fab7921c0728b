import { expect, test } from 'vitest'
import { readRetryAfter } from '../../../../main/connectors/http/retry-after.ts'

const now = Date.UTC(2026, 0, 1, 12)
const at = (milliseconds: number) => new Date(milliseconds).toUTCString()

test.each([
  ['0', undefined],
  ['1', 1],
  [' 7 ', 7],
  ['300', 300],
  ['301', 300],
  ['2592000', 300],
  ['99999999999999999999999999', 300],
  ['-5', undefined],
  ['+5', undefined],
  ['1e99', undefined],
  ['1.5', undefined],
  ['0x10', undefined],
  ['5 s', undefined],
  ['5, 7', undefined],
  ['NaN', undefined],
  ['Infinity', undefined],
  ['', undefined],
  [null, undefined],
  ['soon', undefined],
  [at(now + 90_000), 90],
  [`on ${at(now + 90_000)}`, undefined],
  [`${at(now + 90_000)} or so`, undefined],
  [at(now), undefined],
  [at(now - 60_000), undefined],
  ['Thu, 01 Jan 1970 00:00:00 GMT', undefined],
  ['Fri, 31 Dec 9999 23:59:59 GMT', 300],
  ['Thu, 99 Xyz 2026 12:00:30 GMT', undefined],
  ['2026-01-01T12:00:30Z', undefined],
])('“Retry-After: %s” asks for a pause of %s s', (header, seconds) => {
  expect(readRetryAfter(header, now)).toBe(seconds)
})
