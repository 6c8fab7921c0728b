import { afterEach, describe, expect, test } from 'vitest'
import type { User } from '../../../../../domain/user.ts'
import {
  forgetRevocation,
  usePreparedRevocations,
} from '../../../../../renderer/screens/users/prepared-revocations.ts'
import { draftedStores, resetPageStores } from '../../../../../renderer/state/page-store.ts'

const [here, there] = ['0b9f4f9e-7f3a-4c06-9a0e-3f6f0a2a8c11', '1b9f4f9e-7f3a-4c06-9a0e-3f6f0a2a8c11']
const ann: User = {
  id: 'u1',
  username: 'ann',
  displayName: 'Ann',
  email: 'ann@example.com',
  permissions: [],
  disabled: false,
}
const prepared = { users: [ann], reason: 'Left' }

/** Hands back what was kept over a lock, as the window does. */
function restore(value: unknown, instance: string): void {
  const store = draftedStores().find(({ what }) => what === 'revocation')
  if (!store?.perInstance) throw new Error('No instance has a draft of a revocation.')
  store.restore(value, instance)
}
const waiting = () => usePreparedRevocations.getState()

afterEach(resetPageStores)

describe('C4: a revocation that was being prepared before a lock', () => {
  test('waits for the screen of its instance, of each its own, until it was sent or thrown away', () => {
    restore(prepared, here)
    restore({ ...prepared, reason: '' }, there)
    expect(waiting()).toEqual({ [here]: prepared, [there]: { ...prepared, reason: '' } })
    forgetRevocation(here)
    expect(waiting()).toEqual({ [there]: { ...prepared, reason: '' } })
    forgetRevocation(there)
    expect(waiting()).toEqual({})
  })

  test.each([
    ['of nobody', { users: [], reason: 'Left' }],
    ['without people', { reason: 'Left' }],
    ['without a reason', { users: [ann] }],
    ['of what is no person', { users: ['ann'], reason: 'Left' }],
  ])('%s is none', (_, value) => {
    restore(value, here)
    expect(waiting()).toEqual({})
  })
})
