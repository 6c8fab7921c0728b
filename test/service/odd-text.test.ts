import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { cut, findUnstorable, storable } from '../../service/text.ts'
import { appendAltered } from './altered-audit.ts'
import { openDatabases } from './databases.ts'
import { type Client, password, startService, type TestService } from './support.ts'

const emoji = '\u{1f600}'
/** What breaks where text is cut, stored or hashed without thinking of it. */
const oddTexts: readonly string[] = [
  ...[60, 61, 62, 63, 64, 65].map((length) => 'a'.repeat(length) + emoji + emoji),
  ...[96, 97, 98, 99].map((length) => 'a'.repeat(length) + emoji),
  emoji.repeat(32),
  emoji.repeat(50),
  'lone high \ud83d',
  '\ude00 lone low',
  'reversed \ude00\ud83d',
  'nul \0 within',
  '\0',
  'replacement \ufffd',
  'literal \\u0000 and \\ud83d',
  'combining e\u0301\u0323 and \u1e69\u0323',
  '\u202eright to left',
  '\ufeffmark',
  'quotes \'" % _ \\',
  'x'.repeat(65_536),
  emoji.repeat(16_384),
]

/** Writes every kind of record with one text wherever a text can be sent. @returns the statuses */
async function writeEverything(service: TestService, owner: Client, text: string, index: number) {
  // What does not fit into a request's head is refused before anybody looks at it.
  const encoded = encodeURIComponent(cut(text.toWellFormed(), 1_000))
  const form = { 'content-type': 'application/x-www-form-urlencoded', origin: service.origin }
  const someone = await service.addUser(`someone${index}`)
  const theirs = await service.signIn(`someone${index}`)
  const replies = [
    await service.call('POST', 'sign-in', { username: text, password: 'wrong wrong' }),
    await service.call('POST', '/sign-in', `username=${encoded}&password=wrong`, form),
    await service.call('POST', 'sign-in', { username: 'owner', password, client: { name: text } }),
    await owner.call('POST', 'users', { username: text, displayName: text, email: text, password }),
    await owner.call('POST', 'users', { username: `u${index}`, displayName: text, password }),
    await owner.call('PATCH', `users/${someone.id}`, { displayName: text }),
    await owner.call('PATCH', `users/${someone.id}`, { email: text, reason: text }),
    await owner.call('PATCH', `users/${someone.id}`, { permissions: ['UserView'], reason: text }),
    await owner.call('POST', 'tokens', { name: text }),
    await owner.call('POST', 'kubernetes/credential', { name: text }),
    await owner.call('POST', 'config/entries', { type: text, key: text, value: text }),
    await owner.call('POST', 'config/entries', { type: 'Flags', key: `k${index}`, value: text }),
    await owner.call('POST', 'sessions/revoke', { sessionIds: [theirs.sessionId], reason: text }),
    await owner.call('DELETE', `users/${someone.id}/sessions?reason=${encoded}`),
    await owner.call('GET', `users?search=${encoded}`),
    await owner.call('GET', `audit?actor=${encoded}`),
    await owner.call('GET', `users/${encoded}`),
    await owner.call(
      'GET',
      `users?cursor=${Buffer.from(JSON.stringify([cut(text, 500), cut(text, 500)])).toString('base64url')}`,
    ),
    await owner.call(
      'GET',
      `audit?cursor=${Buffer.from(JSON.stringify([cut(text, 500), ''])).toString('base64url')}`,
    ),
    await service.call('POST', '/profile/revoke', `id=${encoded}`, {
      ...form,
      cookie: `${service.cookieName}=${owner.token}`,
    }),
  ]
  const entry = (await owner.call('GET', 'config/entries')).body.items.at(-1)
  if (entry) {
    const tag = { 'if-match': entry.etag }
    const changed = { type: entry.type, key: entry.key, value: text }
    replies.push(await owner.call('PUT', `config/entries/${entry.id}`, changed, tag))
    replies.push(await owner.call('DELETE', `config/entries/${entry.id}?reason=${encoded}`, undefined, tag))
  }
  return replies.map(({ status }) => status)
}

for (const { name, open } of openDatabases()) {
  test(`B6: whatever text anybody sends, the audit trail is intact after a restart (${name})`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'curfew-odd-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    {
      await using service = await startService({ open, folder })
      const owner = await service.signIn('owner')
      for (const [index, text] of oddTexts.entries()) {
        const statuses = await writeEverything(service, owner, text, index)
        expect({ text: text.slice(0, 80), statuses: statuses.filter((status) => status >= 500) }).toEqual({
          text: text.slice(0, 80),
          statuses: [],
        })
      }
    }
    await using again = await startService({ open, folder })
    const owner = await again.signIn('owner')
    const trail = await owner.call('GET', 'audit?limit=500')
    expect(trail.body).toMatchObject({ intact: true })
    expect(trail.body.broken).toBeUndefined()
    for (const action of [
      'session.sign-in',
      'user.add',
      'user.change',
      'token.add',
      'kubernetes.credential',
      'entry.add',
      'entry.change',
      'entry.remove',
      'session.revoke',
    ])
      expect((await owner.call('GET', `audit?action=${action}`)).body.total, action).toBeGreaterThan(0)
    const names = trail.body.items.map(({ actor }: { actor: string }) => actor)
    expect(names).toContain('(no such account)')
  })

  test(`B6: a trail that an earlier version altered says so, and an Owner can acknowledge it (${name})`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'curfew-altered-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const start = () => startService({ open, folder, expectedErrors: /stored a name otherwise|tampered/ })
    const seqs: number[] = []
    {
      await using service = await start()
      await service.addUser('anna', { role: 'admin' })
      seqs.push(await appendAltered(service))
      seqs.push(await appendAltered(service, '\ude00 and \ufffd'))
      await service.addUser('bea')
      seqs.push(await appendAltered(service, '\udc00twice\udc00'))
    }
    {
      await using service = await start()
      const owner = await service.signIn('owner')
      const anna = await service.signIn('anna')
      const state = { intact: false, broken: { at: seqs[0], because: 'text-altered' } }
      expect((await owner.call('GET', 'audit')).body).toMatchObject(state)
      expect((await service.call('GET', '/metrics')).body).toContain('curfew_audit_intact 0')
      const refused = await anna.call('POST', 'audit/acknowledge', { reason: 'seen' })
      expect([refused.status, refused.body.permission]).toEqual([403, 'Owner'])
      expect((await owner.call('POST', 'audit/acknowledge', { reason: ' ' })).status).toBe(422)
      expect((await owner.call('GET', 'audit')).body).toMatchObject(state)
      const done = await owner.call('POST', 'audit/acknowledge', { reason: 'seen, ticket 12' })
      expect([done.status, done.body]).toEqual([200, { acknowledged: seqs }])
      const trail = (await owner.call('GET', 'audit')).body
      expect(trail.intact).toBe(true)
      expect(trail.items[0]).toMatchObject({
        action: 'audit.acknowledge',
        actor: 'owner',
        reason: 'seen, ticket 12',
      })
      expect((await service.call('GET', '/metrics')).body).toContain('curfew_audit_intact 1')
      expect((await owner.call('POST', 'audit/acknowledge', { reason: 'again' })).status).toBe(404)
    }
    {
      await using service = await start()
      const owner = await service.signIn('owner')
      expect((await owner.call('GET', 'audit')).body.intact).toBe(true)
      await service.service.services.database.write((transaction) =>
        transaction
          .updateTable('audit')
          .set({ address: '192.0.2.8' })
          .where('seq', '=', seqs[0] ?? 0)
          .execute(),
      )
    }
    await using service = await start()
    const owner = await service.signIn('owner')
    expect((await owner.call('GET', 'audit')).body.broken).toEqual({ at: seqs[0], because: 'tampered' })
    expect((await owner.call('POST', 'audit/acknowledge', { reason: 'no' })).status).toBe(404)
  })
}

test('B6: a record that holds U+FFFD and was changed is tampered with, whatever an earlier version did to others', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'curfew-altered-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const start = () => startService({ folder, expectedErrors: /tampered/ })
  {
    await using service = await start()
    const seq = await appendAltered(service)
    await service.service.services.database.write((transaction) =>
      transaction.updateTable('audit').set({ outcome: 'done' }).where('seq', '=', seq).execute(),
    )
  }
  await using service = await start()
  const owner = await service.signIn('owner')
  expect((await owner.call('GET', 'audit')).body.broken.because).toBe('tampered')
  expect((await owner.call('POST', 'audit/acknowledge', { reason: 'no' })).body.detail).toMatch(/tampered/)
})

test('Text is cut between characters, and made what a database keeps', () => {
  expect(cut(`ab${emoji}c`, 3)).toBe(`ab${emoji}`)
  expect(cut(emoji.repeat(3), 2)).toBe(emoji.repeat(2))
  for (let length = 0; length < 12; length++)
    expect(cut(`a${emoji}`.repeat(5), length).isWellFormed()).toBe(true)
  expect(storable('a\ud83db\0c')).toBe('a\ufffdb\ufffdc')
  expect(findUnstorable({ a: [{ b: 'fine' }, { c: '\ud83d' }] })).toEqual(['a', '1', 'c'])
  expect(findUnstorable({ 'k\0': 1 })).toEqual(['k\ufffd'])
  expect(findUnstorable({ a: '\\u0000' })).toBeUndefined()
})
