import { describe, expect, test } from 'vitest'
import { kubernetesDurationKey, tokenDurationKey } from '../../domain/config.ts'
import type { Database } from '../../service/database/database.ts'
import { previewLimits } from '../../service/store/preview.ts'
import { openDatabases } from './databases.ts'
import { startHeld } from './held.ts'
import { type Client, startService, type TestService } from './support.ts'

const policy = (seconds: number) => ({
  idleTimeout: { enabled: true, seconds },
  idleAppliesToRemembered: false,
  rememberMe: { enabled: true, maximumSeconds: 1_728_000 },
})
const day = 86_400
const put = (client: Client, seconds: number) =>
  client.call('PUT', 'security/policy', policy(seconds), { 'if-match': '"1"' })

/** Every round of the sweep, those that forget among them. */
async function sweepOften({ service }: TestService): Promise<void> {
  for (let round = 0; round < 60; round++) await service.sweep()
}

const rowOf = async ({ service }: TestService, id: string) =>
  await service.services.database.read
    .selectFrom('sessions')
    .select(['last_activity_at', 'end_reason'])
    .where('id', '=', id)
    .executeTakeFirst()

/** Runs every change twice: what the first time has done is undone, as a database does that is in somebody’s way. */
function rerunning(database: Database): Database {
  const undone = new Error('undone')
  return {
    ...database,
    write: async (work, durability) => {
      const first = database.write(async (transaction) => {
        await work(transaction)
        throw undone
      }, durability)
      await first.catch((error) => {
        if (error !== undone) throw error
      })
      return await database.write(work, durability)
    },
  }
}

for (const database of openDatabases())
  describe(`What happens in between, on ${database.name}`, () => {
    test('K4: of two Updates that have read the same policy the second is told what the first has stored', async () => {
      await using world = await startHeld(database)
      const [late, early] = [await world.attacked.signIn('owner'), await world.meanwhile.signIn('owner')]
      const held = world.holdChange()
      const answer = put(late, 3_600)
      await held.reached
      expect((await put(early, 7_200)).status).toBe(200)
      held.release()
      const { status, body, headers } = await answer
      expect([status, headers.get('etag')]).toEqual([412, '"2"'])
      expect(body.current).toMatchObject({ ...policy(7_200), revision: '2' })
      expect((await early.call('GET', 'security/policy')).body).toMatchObject(policy(7_200))
    })

    test('D1: of two changes of the same entry the second is told what the first has stored', async () => {
      await using world = await startHeld(database)
      const [late, early] = [await world.attacked.signIn('owner'), await world.meanwhile.signIn('owner')]
      const entry = { type: 'Flags', key: 'colour', value: 'red' }
      const { id } = (await early.call('POST', 'config/entries', entry)).body
      const change = (client: Client, value: string) =>
        client.call('PUT', `config/entries/${id}`, { ...entry, value }, { 'if-match': '"1"' })
      const held = world.holdChange()
      const answer = change(late, 'blue')
      await held.reached
      expect((await change(early, 'green')).status).toBe(200)
      held.release()
      const { status, body, headers } = await answer
      expect([status, headers.get('etag'), body.current.value]).toEqual([412, '"2"', 'green'])
    })

    test('K5: what ends while a longer limit is on its way is not revived by it', async () => {
      await using world = await startHeld(database)
      const { attacked } = world
      await attacked.addUser('bea')
      const owner = await attacked.signIn('owner', { rememberMe: true })
      const bea = await attacked.signIn('bea')
      attacked.pass(1_190)
      const held = world.holdChange()
      const answer = put(owner, day)
      await held.reached
      attacked.pass(20)
      held.release()
      expect((await answer).status).toBe(200)
      expect((await bea.call('GET', 'me')).body.reason).toBe('idle')
      expect((await rowOf(attacked, bea.sessionId))?.end_reason).toBe('idle')
    })

    for (const [what, key, kind] of [
      ['D2: a token', tokenDurationKey.key, 'token'],
      ['D3: a Kubernetes credential', kubernetesDurationKey.key, 'kubernetes'],
    ] as const)
      test(`${what} that expires while a longer duration is on its way is not revived by it`, async () => {
        await using world = await startHeld(database)
        const { attacked } = world
        const owner = await attacked.signIn('owner', { rememberMe: true })
        const entry = { type: 'AppConfig', key, value: '10' }
        const { id } = (await owner.call('POST', 'config/entries', entry)).body
        await owner.call('POST', kind === 'token' ? 'tokens' : 'kubernetes/credential', { name: 'ci' })
        const [made] = (await owner.call('GET', `sessions?kind=${kind}`)).body.items
        attacked.pass(590)
        const held = world.holdChange()
        const longer = { ...entry, value: '600' }
        const answer = owner.call('PUT', `config/entries/${id}`, longer, { 'if-match': '"1"' })
        await held.reached
        attacked.pass(20)
        held.release()
        expect((await answer).status).toBe(200)
        expect((await owner.call('GET', `sessions?kind=${kind}`)).body.total).toBe(0)
        expect((await rowOf(attacked, made.id))?.end_reason).toBe('expired')
      })

    test('A change that the database runs twice is recorded once and told once', async () => {
      await using service = await startService({
        open: async (folder) => rerunning(await database.open(folder)),
      })
      const bea = await service.addUser('bea')
      const owner = await service.signIn('owner')
      const { read } = service.service.services.database
      const counted = async () => ({
        audit: (await read.selectFrom('audit').select('action').orderBy('seq').execute()).map(
          ({ action }) => action,
        ),
        events: (await read.selectFrom('events').select('type').orderBy('seq').execute()).map(
          ({ type }) => type,
        ),
      })
      const before = await counted()
      await owner.call('PATCH', `users/${bea.id}`, { displayName: 'Bea B' })
      await put(owner, 3_600)
      await owner.call('POST', 'config/entries', { type: 'Flags', key: 'colour', value: 'red' })
      const { audit, events } = await counted()
      expect(audit.slice(before.audit.length)).toEqual(['user.change', 'policy.change', 'entry.add'])
      expect(events.slice(before.events.length)).toEqual(['user-changed', 'policy-changed', 'entry-changed'])
      expect((await owner.call('GET', 'audit')).body.intact).toBe(true)
    })

    test('K5: activity that could not be stored is stored later, and never goes back to an earlier one', async () => {
      let broken: Promise<void> | undefined
      await using service = await startService({
        open: async (folder) => {
          const opened = await database.open(folder)
          return {
            ...opened,
            write: async (work, durability) => {
              if (durability === 'hasty' && broken) {
                await broken
                throw new Error('The disk fails.')
              }
              return await opened.write(work, durability)
            },
          }
        },
      })
      await service.addUser('bea')
      const [one, two] = [await service.signIn('bea'), await service.signIn('bea')]
      const { activity } = service.service.services
      const stored = async () =>
        await Promise.all(
          [one, two].map(async (bea) => (await rowOf(service, bea.sessionId))?.last_activity_at),
        )
      service.pass(600)
      const earlier = service.now()
      for (const bea of [one, two]) await bea.call('GET', 'me')
      const gate = Promise.withResolvers<void>()
      broken = gate.promise
      const failing = activity.flush()
      service.pass(300)
      // While the first is on its way, and before it fails.
      await one.call('GET', 'me')
      const later = service.now()
      gate.resolve()
      await expect(failing).rejects.toThrow('The disk fails.')
      expect(await stored()).toEqual([earlier - 600_000, earlier - 600_000])
      broken = undefined
      await activity.flush()
      expect(await stored()).toEqual([later, earlier])
    })

    test('An ended session tells its holder why for 30 days, and is then forgotten', async () => {
      await using service = await startService({ open: database.open })
      await service.addUser('bea')
      const bea = await service.signIn('bea')
      await bea.call('POST', 'sign-out')
      const me = async () => (await bea.call('GET', 'me')).body
      for (const seconds of [3_600, day, 28 * day]) {
        service.pass(seconds)
        await sweepOften(service)
        expect(await me()).toMatchObject({ code: 'session-ended', reason: 'signed-out' })
      }
      service.pass(day)
      await sweepOften(service)
      expect((await me()).code).toBe('not-signed-in')
      expect(await rowOf(service, bea.sessionId)).toBeUndefined()
    })

    test('B1: a preview counts everybody, also beyond its first step, and nobody who has ended already', async () => {
      await using service = await startService({ open: database.open })
      const { journal, users, sessions } = service.service.services
      const addMany = async (prefix: string, count: number) =>
        await journal.write(async (transaction, record) => {
          for (let index = 0; index < count; index++) {
            const username = `${prefix}${index}`
            const names = { username, displayName: username, email: '', password: '' }
            const { id } = await users.add(transaction, { ...names, role: 'member', permissions: [] })
            for (const kind of ['web', 'token', 'kubernetes'] as const)
              await sessions.start(transaction, record, {
                userId: id,
                kind,
                remembered: false,
                client: '',
                address: '',
              })
          }
        })
      // Their web sessions have ended by the time of the preview, and nobody has swept.
      await addMany('ended', 3)
      service.pass(1_000)
      await addMany('person', 700)
      service.pass(500)
      const owner = await service.signIn('owner')
      const byKind = async (seconds: number) =>
        (await owner.call('POST', 'security/policy/preview', policy(seconds))).body
      expect(await byKind(400)).toEqual({
        endsSessions: 700,
        endsUsers: 700,
        endsYours: false,
        byKind: { web: 700, token: 0, kubernetes: 0 },
      })
      const entry = { type: 'AppConfig', key: tokenDurationKey.key, value: '5' }
      expect((await owner.call('POST', 'config/preview', entry)).body).toMatchObject({
        endsSessions: 703,
        endsUsers: 703,
        byKind: { web: 0, token: 703, kubernetes: 0 },
      })
      // All three kinds: a step of 2 000 counts ends in the middle of a person.
      const { database: stored, limits, activity, clock } = service.service.services
      const current = limits.current()
      const shortest = { policy: policy(400), tokenSeconds: 300, kubernetesSeconds: 300 }
      const yours = await sessions.find(owner.sessionId)
      if (!yours) throw new Error('a session')
      const parts = { database: stored, activity, clock }
      expect(await previewLimits(parts, current, shortest, yours)).toEqual({
        endsSessions: 2_106,
        endsUsers: 703,
        endsYours: false,
        byKind: { web: 700, token: 703, kubernetes: 703 },
      })
    })
  })
