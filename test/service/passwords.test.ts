import { expect, test } from 'vitest'
import { openDatabases } from './databases.ts'
import { password, startService } from './support.ts'

const maya = {
  username: 'maya.brandt',
  displayName: 'Maya Brandt',
  email: 'maya@lamps.example.com',
}

/** What somebody in a hurry chooses, or an attacker who wants an account to come back to. */
const weak = [
  ['is short', 'zuwHqPh7LEQ', 'too-short'],
  ['is blank', ' '.repeat(16), 'too-weak'],
  ['is blank in several ways', ' \u00a0\u2003\t'.repeat(4), 'too-weak'],
  ['is a common one', 'password1234', 'too-weak'],
  ['is a common one with other letters', 'P@ssw0rd1234!', 'too-weak'],
  ['is one word again and again', 'lamplamplamplamp', 'too-weak'],
  ['is the person’s user name', 'maya.brandt1990', 'too-weak'],
  ['is the person’s display name', 'MayaBrandt!2026', 'too-weak'],
  ['is the host of the person’s e-mail', 'lamps.example.com', 'too-weak'],
  ['is the product’s name', 'curfew-curfew-1', 'too-weak'],
  ['is this server’s name', 'Test server 2026', 'too-weak'],
  ['is too long', 'lamp otter violin crater '.repeat(11), 'too-long'],
] as const

for (const { name, open } of openDatabases()) {
  test(`Nobody is given a password that is easy to guess (${name})`, async () => {
    await using service = await startService({ open })
    const owner = await service.signIn('owner')
    const there = await owner.call('POST', 'users', { ...maya, password })
    for (const [what, chosen, code] of weak) {
      const added = await owner.call('POST', 'users', { ...maya, username: 'brandt.maya', password: chosen })
      const changed = await owner.call('PATCH', `users/${there.body.id}`, { password: chosen })
      for (const { status, body } of [added, changed])
        expect([what, status, body.errors?.[0]]).toEqual([
          what,
          422,
          expect.objectContaining({ field: 'password', code }),
        ])
    }
    expect((await service.signIn('maya.brandt')).user.username).toBe('maya.brandt')
    const renamed = { displayName: 'Zuzana Quick', password: 'ZuzanaQuick1990' }
    expect((await owner.call('PATCH', `users/${there.body.id}`, renamed)).status).toBe(422)
  })
}
