import { describe, expect, test } from 'vitest'
import type { Permission, Role } from '../../domain/user.ts'
import { appendAltered } from './altered-audit.ts'
import { openDatabases, type TestDatabase } from './databases.ts'
import { type HeldWorld, startHeld } from './held.ts'
import { type Client, contractOf, password, type Reply } from './support.ts'

interface Standing {
  readonly role: Role
  readonly permissions: readonly Permission[]
}

const owner: Standing = { role: 'owner', permissions: [] }
const admin: Standing = { role: 'admin', permissions: [] }
const editor: Standing = { role: 'member', permissions: ['UserEdit'] }
const member: Standing = { role: 'member', permissions: [] }

/** What stands ready for somebody to change. */
interface Scene {
  readonly world: HeldWorld
  readonly chief: Client
  readonly caller: Client
  readonly victim: Client
}

type Ask = (scene: Scene) => Promise<() => Promise<Reply>>

interface Row {
  /** Those who may ask for it, by the one thing that lets each of them. */
  readonly by: readonly Standing[]
  /** Prepares what is needed, and gives back the request itself. */
  readonly ask: Ask
  /** `false` for what only reads, though it is not a GET. */
  readonly changes?: boolean
}

const entry = { type: 'Flags', key: 'key', value: 'on' }
const policy = {
  idleTimeout: { enabled: true, seconds: 3_600 },
  idleAppliesToRemembered: true,
  rememberMe: { enabled: true, maximumSeconds: 864_000 },
}
const addEntry = async ({ chief, caller }: Scene): Promise<string> =>
  (await chief.call('POST', 'config/entries', { ...entry, key: caller.user.username })).body.id

/** A request for every operation that is not a GET. One without a row fails the test below. */
const rows: Readonly<Record<string, Row>> = {
  signOut: {
    by: [member],
    ask:
      async ({ caller }) =>
      () =>
        caller.call('POST', 'sign-out'),
  },
  revokeMySessions: {
    by: [member],
    ask: async ({ world, caller }) => {
      await world.attacked.signIn(caller.user.username)
      return () => caller.call('DELETE', 'me/sessions?keep=current')
    },
  },
  revokeMySession: {
    by: [member],
    ask: async ({ world, caller }) => {
      const other = await world.attacked.signIn(caller.user.username)
      return () => caller.call('DELETE', `me/sessions/${other.sessionId}`)
    },
  },
  revokeUserSessions: {
    by: [admin, editor],
    ask:
      async ({ caller, victim }) =>
      () =>
        caller.call('DELETE', `users/${victim.user.id}/sessions`),
  },
  revokeSession: {
    by: [admin, editor],
    ask:
      async ({ caller, victim }) =>
      () =>
        caller.call('DELETE', `sessions/${victim.sessionId}`),
  },
  revokeMany: {
    by: [admin, editor],
    ask:
      async ({ caller, victim }) =>
      () =>
        caller.call('POST', 'sessions/revoke', { userIds: [victim.user.id], reason: 'why' }),
  },
  putPolicy: {
    by: [admin],
    ask: async ({ chief, caller }) => {
      const { revision } = (await chief.call('GET', 'security/policy')).body
      return () => caller.call('PUT', 'security/policy', policy, { 'if-match': revision })
    },
  },
  previewPolicy: {
    by: [admin],
    changes: false,
    ask:
      async ({ caller }) =>
      () =>
        caller.call('POST', 'security/policy/preview', policy),
  },
  addUser: {
    by: [admin, editor],
    ask:
      async ({ caller }) =>
      () =>
        caller.call('POST', 'users', { username: 'added', password }),
  },
  changeUser: {
    by: [admin, editor],
    ask:
      async ({ caller, victim }) =>
      () =>
        caller.call('PATCH', `users/${victim.user.id}`, { disabled: true, password: 'nine odd llamas 44' }),
  },
  addEntry: {
    by: [admin],
    ask:
      async ({ caller }) =>
      () =>
        caller.call('POST', 'config/entries', entry),
  },
  replaceEntry: {
    by: [admin],
    ask: async (scene) => {
      const id = await addEntry(scene)
      return () =>
        scene.caller.call('PUT', `config/entries/${id}`, { ...entry, value: 'off' }, { 'if-match': '1' })
    },
  },
  removeEntry: {
    by: [admin],
    ask: async (scene) => {
      const id = await addEntry(scene)
      return () => scene.caller.call('DELETE', `config/entries/${id}`, undefined, { 'if-match': '1' })
    },
  },
  previewEntry: {
    by: [admin],
    changes: false,
    ask:
      async ({ caller }) =>
      () =>
        caller.call('POST', 'config/preview', entry),
  },
  addToken: {
    by: [member],
    ask:
      async ({ caller }) =>
      () =>
        caller.call('POST', 'tokens', { name: 'ci' }),
  },
  addKubernetesCredential: {
    by: [member],
    ask:
      async ({ caller }) =>
      () =>
        caller.call('POST', 'kubernetes/credential', { name: 'kubectl' }),
  },
  confirmMe: {
    by: [member],
    ask:
      async ({ caller }) =>
      () =>
        caller.call('POST', 'me/confirm', { password }),
  },
  changeMyPassword: {
    by: [member],
    ask:
      async ({ caller }) =>
      () =>
        caller.call('POST', 'me/password', { currentPassword: password, newPassword: 'lamp otter violin' }),
  },
  acknowledgeAudit: {
    by: [owner],
    ask: async ({ world, caller }) => {
      await appendAltered(world.attacked)
      return () => caller.call('POST', 'audit/acknowledge', { reason: 'why' })
    },
  },
}

/** What the pages can change: they are not in the OpenAPI document. */
const pages: Readonly<Record<string, { readonly path: string; readonly form: string }>> = {
  'POST /sign-out': { path: '/sign-out', form: '' },
  'POST /profile/revoke': { path: '/profile/revoke', form: 'keep=current' },
}

/** What happens to the caller while their request is held. */
const happenings = {
  revoked: ({ chief, caller }: Scene) => chief.call('DELETE', `sessions/${caller.sessionId}`),
  disabled: ({ chief, caller }: Scene) => chief.call('PATCH', `users/${caller.user.id}`, { disabled: true }),
  demoted: ({ chief, caller }: Scene) =>
    chief.call(
      'PATCH',
      `users/${caller.user.id}`,
      caller.user.role === 'owner'
        ? { role: 'admin' }
        : caller.user.role === 'admin'
          ? { role: 'member' }
          : { permissions: [] },
    ),
} as const
type Happening = keyof typeof happenings

let made = 0
async function setScene(world: HeldWorld, standing: Standing): Promise<Scene> {
  const number = ++made
  const { meanwhile, attacked } = world
  await meanwhile.addUser(`victim${number}`)
  await meanwhile.addUser(`caller${number}`, standing)
  return {
    world,
    chief: await meanwhile.signIn('owner'),
    victim: await meanwhile.signIn(`victim${number}`),
    caller: await attacked.signIn(`caller${number}`),
  }
}

/** Begins a request, holds it, lets something happen, and lets it go on. @returns its answer */
async function interrupt(scene: Scene, ask: () => Promise<Reply>, happening: Happening) {
  const held = scene.world.holdChange()
  const answer = ask()
  await held.reached
  expect((await happenings[happening](scene)).status).toBeLessThan(300)
  const before = await scene.world.stored()
  held.release()
  const reply = await answer
  // Nothing takes effect: no row, no record, no event.
  expect(await scene.world.stored()).toEqual(before)
  return reply
}

const formOf = ({ caller, world: { attacked } }: Scene) => ({
  'content-type': 'application/x-www-form-urlencoded',
  cookie: `${attacked.cookieName}=${caller.token}`,
  origin: attacked.origin,
  accept: 'text/html',
})

function testRow(database: TestDatabase, id: string, { by, ask, changes = true }: Row) {
  for (const standing of by) {
    const who = standing.permissions[0] ?? standing.role
    test(`O5: ${id} by ${who} takes no effect once they are revoked, disabled or demoted`, async () => {
      await using world = await startHeld(database)
      if (!changes) {
        const scene = await setScene(world, standing)
        const before = await world.stored()
        expect((await (await ask(scene))()).status).toBe(200)
        expect(await world.stored()).toEqual(before)
        return
      }
      for (const happening of ['revoked', 'disabled'] as const) {
        const scene = await setScene(world, standing)
        const reply = await interrupt(scene, await ask(scene), happening)
        expect(reply.status).toBe(401)
        expect(reply.body).toMatchObject({ code: 'session-ended', reason: happening })
      }
      if (standing !== member) {
        const scene = await setScene(world, standing)
        const reply = await interrupt(scene, await ask(scene), 'demoted')
        expect(reply.status).toBe(403)
        expect(reply.body.code).toBe('forbidden')
      }
      const scene = await setScene(world, standing)
      const asked = await ask(scene)
      const before = await world.stored()
      const held = world.holdChange()
      const answer = asked()
      await held.reached
      held.release()
      expect((await answer).status).toBeLessThan(300)
      expect(await world.stored()).not.toEqual(before)
    })
  }
}

for (const database of openDatabases())
  describe(`Changes with something in between, on ${database.name}`, () => {
    test('Every operation that is not a GET has a row here, and every row is an operation', async () => {
      await using world = await startHeld(database)
      const { operations } = await contractOf(world.attacked.origin)
      const documented = operations.filter(
        ({ method, operation }) => method !== 'GET' && operation.security[0],
      )
      expect(documented.map(({ id }) => id).sort()).toEqual(Object.keys(rows).sort())
      for (const { id, operation } of documented)
        if (operation['x-permission']) expect(rows[id]?.by).not.toContain(member)
    })

    for (const [id, row] of Object.entries(rows)) testRow(database, id, row)

    for (const [what, { path, form }] of Object.entries(pages))
      test(`O5: the page’s ${what} takes no effect for a session that has ended, and leads to the sign-in page`, async () => {
        await using world = await startHeld(database)
        for (const happening of ['revoked', 'disabled'] as const) {
          const scene = await setScene(world, member)
          await world.attacked.signIn(scene.caller.user.username)
          const ask = () => world.attacked.call('POST', path, form, formOf(scene))
          const reply = await interrupt(scene, ask, happening)
          expect(reply.status).toBe(303)
          expect(reply.headers.get('location')).toMatch(/^\/sign-in\?ended=/)
        }
      })

    test('O5: a change that waits for its password to be hashed counts for nothing once its author is disabled', async () => {
      await using world = await startHeld(database)
      const scene = await setScene(world, admin)
      const held = world.holdPassword()
      const answer = scene.caller.call('POST', 'users', { username: 'crony', role: 'admin', password })
      await held.reached
      await happenings.disabled(scene)
      held.release()
      expect((await answer).body.reason).toBe('disabled')
      expect((await scene.chief.call('GET', 'users?search=crony')).body.total).toBe(0)
    })

    test('O5: a revocation of many stops where its author is disabled', async () => {
      await using world = await startHeld(database)
      const scene = await setScene(world, admin)
      const { caller, victim } = scene
      const nobody = Array.from({ length: 999 }, (_, index) => `a${index}`)
      // The second piece of 500 ids is the one that names somebody.
      const held = world.holdChange(1)
      const answer = caller.call('POST', 'sessions/revoke', {
        sessionIds: [...nobody, victim.sessionId],
        reason: 'why',
      })
      await held.reached
      await happenings.disabled(scene)
      held.release()
      expect((await answer).body.reason).toBe('disabled')
      expect((await victim.call('GET', 'me')).status).toBe(200)
    })

    test('O5: nobody is raised by somebody who has lost their own rank meanwhile', async () => {
      await using world = await startHeld(database)
      const scene = await setScene(world, owner)
      const { caller, chief, victim } = scene
      const held = world.holdChange()
      // Still an Admin, who may change people, though no longer make an Owner.
      const answer = caller.call('PATCH', `users/${victim.user.id}`, { role: 'owner' })
      await held.reached
      await happenings.demoted(scene)
      held.release()
      expect((await answer).status).toBe(403)
      expect((await chief.call('GET', `users/${victim.user.id}`)).body.role).toBe('member')
    })

    test('O4: whoever revokes many, their own session among them, ends every one of them', async () => {
      await using world = await startHeld(database)
      const { caller, victim } = await setScene(world, admin)
      const { body } = await caller.call('POST', 'sessions/revoke', {
        sessionIds: [caller.sessionId, ...Array.from({ length: 600 }, (_, index) => `a${index}`)],
        userIds: [caller.user.id, victim.user.id],
        keepCurrent: false,
        reason: 'why',
      })
      const outcomes = body.results.filter(({ outcome }: { outcome: string }) => outcome === 'revoked')
      expect(outcomes.map(({ id }: { id: string }) => id)).toEqual([victim.user.id, caller.sessionId])
      for (const one of [caller, victim]) expect((await one.call('GET', 'me')).body.reason).toBe('revoked')
    })
  })
