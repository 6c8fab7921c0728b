import { expect, test } from 'vitest'
import { createPresence } from '../../../../main/instances/presence.ts'

test('C4: the admin is here for five seconds after doing something, and not before having done anything', () => {
  let now = 1_000
  const presence = createPresence(() => now)
  expect(presence.isHere()).toBe(false)
  presence.seen()
  now += 4_999
  expect(presence.isHere()).toBe(true)
  now += 1
  expect(presence.isHere()).toBe(false)
})
