import { describe, expect, test } from 'vitest'
import { openDatabases } from './databases.ts'
import { type HeldWorld, startHeld } from './held.ts'
import { type Client, password, type Reply } from './support.ts'

const changed = 'another long sentence 17'

/** What can happen to a person while their password is being checked. */
const meanwhile = {
  'their password is reset': (owner: Client, id: string) =>
    owner.call('PATCH', `users/${id}`, { password: changed }),
  'they are disabled': (owner: Client, id: string) => owner.call('PATCH', `users/${id}`, { disabled: true }),
  'they are disabled and enabled again with a new password': async (owner: Client, id: string) => {
    await owner.call('PATCH', `users/${id}`, { disabled: true })
    return await owner.call('PATCH', `users/${id}`, { disabled: false, password: changed })
  },
}

/** Ways to sign in. @returns the answer */
const ways = {
  'the API': ({ attacked }: HeldWorld) =>
    attacked.call('POST', 'sign-in', { username: 'bea', password, rememberMe: true }),
  'the page': ({ attacked }: HeldWorld) =>
    attacked.call('POST', '/sign-in', `username=bea&password=${encodeURIComponent(password)}&returnTo=/`, {
      'content-type': 'application/x-www-form-urlencoded',
      origin: attacked.origin,
      accept: 'text/html',
    }),
}

const running = async ({ attacked }: HeldWorld, userId: string) =>
  await attacked.service.services.database.read
    .selectFrom('sessions')
    .select('id')
    .where('user_id', '=', userId)
    .execute()

const refused = (reply: Reply) => {
  expect(reply.status).toBe(401)
  expect(reply.headers.get('set-cookie')).toBeNull()
}

for (const database of openDatabases()) {
  describe(`Sign-in with something in between, on ${database.name}`, () => {
    for (const [what, happen] of Object.entries(meanwhile))
      for (const [where, signIn] of Object.entries(ways))
        for (const when of ['holdPassword', 'holdChange'] as const)
          test(`O5: nobody is signed in by ${where} with a password that was right before ${what} (${when})`, async () => {
            await using world = await startHeld(database)
            const bea = await world.meanwhile.addUser('bea')
            const owner = await world.meanwhile.signIn('owner')
            const held = world[when]()
            const answer = signIn(world)
            await held.reached
            expect((await happen(owner, bea.id)).status).toBe(200)
            held.release()
            refused(await answer)
            expect(await running(world, bea.id)).toEqual([])
            await owner.call('PATCH', `users/${bea.id}`, { disabled: false })
            expect((await owner.call('GET', `users/${bea.id}/sessions`)).body.total).toBe(0)
            const { items } = (await owner.call('GET', 'audit?action=session.sign-in&actor=bea')).body
            expect(items.map(({ outcome }: { outcome: string }) => outcome)).toEqual(['refused'])
          })

    test('O5: a disabling that comes while a sign-in is being stored waits for it, and ends it', async () => {
      await using world = await startHeld(database)
      const bea = await world.meanwhile.addUser('bea')
      const owner = await world.meanwhile.signIn('owner')
      const held = world.holdCommit()
      const answer = world.attacked.call('POST', 'sign-in', { username: 'bea', password })
      await held.reached
      const disabling = owner.call('PATCH', `users/${bea.id}`, { disabled: true })
      // It would be answered at once if it did not wait.
      const first = await Promise.race([
        disabling.then(() => 'disabled'),
        owner.call('GET', 'server').then(() => 'waiting'),
      ])
      expect(first).toBe('waiting')
      held.release()
      const { token } = (await answer).body
      expect((await disabling).status).toBe(200)
      const asBea = { authorization: `Bearer ${token}` }
      expect((await world.attacked.call('GET', 'me', undefined, asBea)).body.reason).toBe('disabled')
      await owner.call('PATCH', `users/${bea.id}`, { disabled: false })
      for (const service of [world.attacked, world.meanwhile])
        expect((await service.call('GET', 'me', undefined, asBea)).body.reason).toBe('disabled')
    })

    test('O5: a session that an earlier version let in while its person was disabled does not come alive with them', async () => {
      await using world = await startHeld(database)
      const { attacked } = world
      const bea = await attacked.addUser('bea')
      const owner = await attacked.signIn('owner')
      await owner.call('PATCH', `users/${bea.id}`, { disabled: true })
      const { journal, sessions } = attacked.service.services
      const { token } = await journal.write((transaction, record) =>
        sessions.start(transaction, record, {
          userId: bea.id,
          kind: 'web',
          remembered: true,
          client: 'test',
          address: '192.0.2.1',
        }),
      )
      await owner.call('PATCH', `users/${bea.id}`, { disabled: false })
      const reply = await attacked.call('GET', 'me', undefined, { authorization: `Bearer ${token}` })
      expect(reply.body.reason).toBe('disabled')
    })

    test('A sign-in that is refused in the end leaves the session that the browser had', async () => {
      await using world = await startHeld(database)
      const bea = await world.meanwhile.addUser('bea')
      await world.meanwhile.addUser('cleo')
      const owner = await world.meanwhile.signIn('owner')
      const cleo = await world.attacked.signIn('cleo')
      const held = world.holdChange()
      const answer = world.attacked.call(
        'POST',
        'sign-in',
        { username: 'bea', password },
        {
          cookie: `${world.attacked.cookieName}=${cleo.token}`,
          origin: world.attacked.origin,
        },
      )
      await held.reached
      await owner.call('PATCH', `users/${bea.id}`, { disabled: true })
      held.release()
      refused(await answer)
      expect((await cleo.call('GET', 'me')).status).toBe(200)
    })
  })
}
