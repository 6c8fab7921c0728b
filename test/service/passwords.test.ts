import { expect, test } from 'vitest'
import { openDatabases } from './databases.ts'
import { cheapPasswords, password, startService } from './support.ts'

const maya = {
  username: 'maya.brandt',
  displayName: 'Maya Brandt',
  email: 'maya@lamps.example.com',
}

const chosen = 'lamp otter violin'

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

  test(`People change their own password, which ends their sessions everywhere else (${name})`, async () => {
    await using service = await startService({ open })
    const { id } = await service.addUser('bea')
    const here = await service.signIn('bea')
    const elsewhere = await service.signIn('bea')
    const token = (await elsewhere.call('POST', 'tokens', { name: 'nightly' })).body.token
    const cluster = (await elsewhere.call('POST', 'kubernetes/credential')).body.status.token
    const changed = await here.call('POST', 'me/password', { currentPassword: password, newPassword: chosen })
    expect([changed.status, changed.body]).toEqual([200, { revoked: 3, device: expect.any(String) }])
    expect((await here.call('GET', 'me')).status).toBe(200)
    expect((await elsewhere.call('GET', 'me')).body).toMatchObject({
      code: 'session-ended',
      reason: 'revoked',
    })
    const bearer = (proof: string) => ({ authorization: `Bearer ${proof}` })
    expect((await service.call('GET', 'me', undefined, bearer(token))).body.reason).toBe('revoked')
    const verified = await service.call('GET', 'kubernetes/verify', undefined, bearer(cluster))
    expect(verified.body).toEqual({ active: false, reason: 'revoked' })
    expect((await service.call('POST', 'sign-in', { username: 'bea', password })).status).toBe(401)
    expect((await service.signIn('bea', { password: chosen })).user.id).toBe(id)
    const owner = await service.signIn('owner')
    const { items } = (await owner.call('GET', 'audit?action=password.change')).body
    expect(items).toEqual([
      expect.objectContaining({
        actorId: id,
        target: `user:${id}`,
        outcome: 'done',
        after: '{"endedSessions":3}',
      }),
    ])
    expect(JSON.stringify(items)).not.toContain(chosen)
  })

  test(`Who found a session can’t take the account with it (${name})`, async () => {
    await using service = await startService({ open })
    await service.addUser('bea')
    const bea = await service.signIn('bea')
    const token = (await bea.call('POST', 'tokens', { name: 'nightly' })).body.token
    const change = (currentPassword: string, newPassword: string, headers?: Record<string, string>) =>
      bea.call('POST', 'me/password', { currentPassword, newPassword }, headers)
    const refused = async (reply: ReturnType<typeof change>) => (await reply).body.errors?.[0]
    expect(await refused(change('guessed', chosen))).toMatchObject({
      field: 'currentPassword',
      code: 'wrong',
    })
    expect(await refused(change(password, password))).toMatchObject({
      field: 'newPassword',
      code: 'unchanged',
    })
    expect(await refused(change(password, 'password1234'))).toMatchObject({
      field: 'newPassword',
      code: 'too-weak',
    })
    const byProgram = await change(password, chosen, { authorization: `Bearer ${token}` })
    expect([byProgram.status, byProgram.body.code]).toEqual([403, 'forbidden'])
    const guesses = []
    for (let tries = 0; tries < 12; tries++) guesses.push((await change(`guess ${tries}`, chosen)).status)
    expect(guesses.at(-1)).toBe(429)
    expect((await change(password, chosen)).status).toBe(429)
    const owner = await service.signIn('owner')
    const audit = (await owner.call('GET', 'audit?action=password.change')).body
    expect(audit.total).toBeGreaterThan(5)
    expect(audit.items).toContainEqual(expect.objectContaining({ actor: 'bea', outcome: 'refused' }))
  })

  test(`A password that an admin set meanwhile is not overwritten by who knew the old one (${name})`, async () => {
    const gate = Promise.withResolvers<void>()
    const reached = Promise.withResolvers<void>()
    let waiting = false
    await using service = await startService({
      open,
      passwords: {
        ...cheapPasswords,
        hash: async (plain) => {
          if (plain === chosen && waiting) {
            reached.resolve()
            await gate.promise
          }
          return await cheapPasswords.hash(plain)
        },
      },
    })
    const { id } = await service.addUser('bea')
    const bea = await service.signIn('bea')
    const owner = await service.signIn('owner')
    waiting = true
    const late = bea.call('POST', 'me/password', { currentPassword: password, newPassword: chosen })
    await reached.promise
    expect((await owner.call('PATCH', `users/${id}`, { password: 'crater lamp violin' })).status).toBe(200)
    gate.resolve()
    expect((await late).status).not.toBe(200)
    expect((await service.call('POST', 'sign-in', { username: 'bea', password: chosen })).status).toBe(401)
    expect((await service.signIn('bea', { password: 'crater lamp violin' })).user.id).toBe(id)
  })
}
