import { describe, expect, test } from 'vitest'
import { mayBeSecret } from '../../domain/config.ts'
import { openDatabases } from './databases.ts'
import { startService, type TestService } from './support.ts'

/** Entries whose value is nobody's business but the entry's. */
const secrets: readonly (readonly [type: string, key: string, value: string])[] = [
  ['DockerRegistryCreds', 'registry.example.com', 'MARKER-0'],
  ['Ours', 'anything', 'MARKER-1'],
  ['AppConfig', 'SmtpPassword', 'MARKER-2'],
  ['AppConfig', 'smtp_passwd', 'MARKER-3'],
  ['TenantConfig', 'ApiKey', 'MARKER-4'],
  ['TenantConfig', 'GITHUB_TOKEN', 'MARKER-5'],
  ['Flags', 'client secret', 'MARKER-6'],
  ['AppConfig', 'DatabaseUrl', 'postgres://app:MARKER-7@db/app'],
  ['AppConfig', 'Bundle', '-----BEGIN PRIVATE KEY----- MARKER-8'],
  ['AppConfig', 'Sso', 'eyJhbGciOiJIUzI1NiJ9.MARKER-9'],
  ['AppConfig', 'GithubPat', 'MARKER-10'],
  ['AppConfig', 'Blob', 'MARKER-11aZ0bY1cX2dW3eV4fU5'],
]

/** Everything the service has written down about what was done, as whoever reads the database finds it. */
async function written(service: TestService): Promise<string> {
  const { read } = service.service.services.database
  const owner = await service.signIn('owner')
  return [
    JSON.stringify(await read.selectFrom('audit').selectAll().execute()),
    JSON.stringify(await read.selectFrom('events').selectAll().execute()),
    (await owner.call('GET', 'audit/export')).body,
    (await service.call('GET', '/metrics')).body,
  ].join('\n')
}

for (const { name, open } of openDatabases())
  describe(`secrets and the audit trail, ${name}`, () => {
    test('B6: the value of a secret is nowhere in the trail, added, changed, renamed or removed; that it changed is', async () => {
      await using service = await startService({ open })
      const owner = await service.signIn('owner')
      for (const [type, key, value] of secrets) {
        const { body: entry } = await owner.call('POST', 'config/entries', { type, key, value })
        const change = (to: object, revision: string) =>
          owner.call('PUT', `config/entries/${entry.id}`, to, { 'if-match': revision })
        const changed = await change({ type, key, value: `${value} new` }, entry.revision)
        // A name that is harmless does not make the value before it harmless.
        const renamed = await change(
          { type: 'Flags', key: `flag ${key.length} ${type}`, value: 'on' },
          changed.body.revision,
        )
        const back = await change({ type, key, value }, renamed.body.revision)
        expect(
          (
            await owner.call('DELETE', `config/entries/${entry.id}`, undefined, {
              'if-match': back.body.revision,
            })
          ).status,
        ).toBe(204)
      }
      expect(await written(service)).not.toContain('MARKER')
      const changes = (await owner.call('GET', 'audit?action=entry.change&limit=500')).body.items
      expect(changes.length).toBe(secrets.length * 3)
      for (const { after } of changes) expect(JSON.parse(after).value).toBe('(not noted, changed)')
    })

    test('B6: settings that are no secret are noted before and after', async () => {
      await using service = await startService({ open })
      const owner = await service.signIn('owner')
      const wanted = { type: 'AppConfig', key: 'AuthorizationTokenSessionDuration' }
      const { body: entry } = await owner.call('POST', 'config/entries', { ...wanted, value: '60' })
      await owner.call(
        'PUT',
        `config/entries/${entry.id}`,
        { ...wanted, value: '30' },
        { 'if-match': entry.revision },
      )
      const [change] = (await owner.call('GET', 'audit?action=entry.change')).body.items
      expect([JSON.parse(change.before), JSON.parse(change.after)]).toEqual([
        { ...wanted, value: '60' },
        { ...wanted, value: '30' },
      ])
    })

    test('B6: a password typed as the user name is nowhere in the trail; a name that is somebody’s is, as it is stored', async () => {
      await using service = await startService({ open })
      await service.addUser('bea')
      for (const username of ['MARKER hunter2', 'MARKER', 'bea MARKER', `MARKER${'x'.repeat(50)}`])
        expect((await service.call('POST', 'sign-in', { username, password: 'wrong one' })).status).toBe(401)
      await fetch(`${service.origin}/sign-in`, {
        method: 'POST',
        headers: { origin: service.origin, 'content-type': 'application/x-www-form-urlencoded' },
        body: 'username=MARKER+typed&password=wrong',
      })
      await service.call('POST', 'sign-in', { username: ' BEA ', password: 'wrong one' })
      expect(await written(service)).not.toContain('MARKER')
      const owner = await service.signIn('owner')
      const refused = (await owner.call('GET', 'audit?action=session.sign-in&limit=500')).body.items
        .filter(({ outcome }: { outcome: string }) => outcome === 'refused')
        .map(({ actor, actorId }: { actor: string; actorId: string | null }) => [actor, actorId !== null])
      expect(refused[0]).toEqual(['bea', true])
      expect(refused.length).toBe(6)
      expect(refused.slice(1).every(([actor]: [string]) => actor === '(no such account)')).toBe(true)
    })
  })

test('B6: what may be a secret is known by its type, its name or what it looks like', () => {
  for (const [type, key, value] of secrets)
    expect([key, mayBeSecret({ type, key, value })]).toEqual([key, true])
  for (const [type, key, value] of [
    ['AppConfig', 'AuthorizationTokenSessionDuration', '60'],
    ['AppConfig', 'MaximumK8sSessionDuration', '60'],
    ['Flags', 'NewDashboard', 'on'],
    ['TenantConfig', 'Region', 'eu-central-1'],
    ['AppConfig', 'Banner', 'Maintenance on Sunday, 10:00'],
  ] as const)
    expect([key, mayBeSecret({ type, key, value })]).toEqual([key, false])
})
