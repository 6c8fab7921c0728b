import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test, vi } from 'vitest'
import { password, startService, type TestService } from './support.ts'

/** Does all that people and the service itself do every day. */
async function useEverything(service: TestService): Promise<void> {
  const bea = await service.addUser('bea')
  await service.addUser('carl')
  const owner = await service.signIn('owner', { rememberMe: true })
  const asBea = await service.signIn('bea')
  await asBea.call('GET', 'me')
  await asBea.call('GET', 'me/sessions?limit=1')
  const { token } = (await asBea.call('POST', 'tokens', { name: 'token' })).body
  await service.call('GET', 'me', undefined, { authorization: `Bearer ${token}` })
  await asBea.call('POST', 'kubernetes/credential')
  for (const query of ['', 'kind=web', `user=${bea.id}`, `user=${bea.id}&kind=token`, 'idleOver=5']) {
    const { nextCursor } = (await owner.call('GET', `sessions?limit=1&${query}`)).body
    if (nextCursor) await owner.call('GET', `sessions?limit=1&${query}&cursor=${nextCursor}`)
  }
  for (const sort of ['username', 'displayName', 'email', 'lastActivityAt'])
    for (const direction of ['', '-'])
      for (const filter of ['', 'search=e', 'role=member', 'active=true', 'active=false']) {
        const query = `users?limit=1&sort=${direction}${sort}&${filter}`
        const { nextCursor } = (await owner.call('GET', query)).body
        if (nextCursor) await owner.call('GET', `${query}&cursor=${nextCursor}`)
      }
  await owner.call('GET', `users/${bea.id}`)
  const policy = {
    idleTimeout: { enabled: true, seconds: 600 },
    idleAppliesToRemembered: true,
    rememberMe: { enabled: true, maximumSeconds: 1_728_000 },
  }
  await owner.call('POST', 'security/policy/preview', policy)
  await service.setPolicy(owner, policy)
  await service.setPolicy(owner, { rememberMe: { ...policy.rememberMe, enabled: false } })
  await service.service.sweep()
  await service.setPolicy(owner, policy)
  await owner.call('POST', 'config/entries', {
    type: 'AppConfig',
    key: 'Maximum K8s Session Duration',
    value: '60',
  })
  await owner.call('PATCH', `users/${bea.id}`, { password })
  await owner.call('POST', 'sessions/revoke', { userIds: [bea.id], sessionIds: ['x'], reason: 'test' })
  await owner.call('DELETE', 'me/sessions?keep=current')
  await service.call('GET', '/metrics')
  await service.service.services.activity.flush()
  service.pass(601)
  await service.service.sweep()
}

/** Steps of plans that go through a whole index on purpose, and the statements that may. */
const meant: readonly (readonly [step: RegExp, statement: RegExp])[] = [
  // Text stands anywhere in a name: every name has to be looked at, in an index that holds nothing else.
  [/^SCAN users USING COVERING INDEX users_text$/, /instr\(search_text/],
  // A page in the order of an index ends when it is full.
  [/^SCAN users USING (COVERING )?INDEX users_\w+$/, /order by .* limit/s],
  [/^SCAN sessions USING INDEX sessions_in_order$/, /order by .* limit/s],
  [/^SCAN (audit|events)$/, /order by "seq"( desc)? limit/],
  // A count of all that match is asked for, and read from an index alone.
  [/^SCAN (sessions|users|audit) USING COVERING INDEX \w+$/, /^select count\(\*\)/],
  // A migration goes through everybody, once.
  [/^SCAN users$/, /^select "id" from "users" order by "created_at", "id"$/],
  // What was revoked lately, in its order and up to a limit.
  [/^SCAN endings$/, /^delete from endings/],
]

/** What is asked all the time, and the step of its plan by which it finds its rows. */
const hot: readonly (readonly [statement: RegExp, step: RegExp])[] = [
  [/^select .*"token_hash"/, /^SEARCH sessions USING PRIMARY KEY \(id=\?\)$/],
  [
    /from "sessions" .*"user_id" = \?/s,
    /^SEARCH sessions USING (COVERING )?INDEX sessions_of_user \(user_id=\?/,
  ],
  [/from "sessions" .*"user_id" in/s, /^SEARCH sessions USING COVERING INDEX sessions_of_user \(user_id=\?/],
  [/^\s*select user_id, kind/, /^SEARCH sessions USING COVERING INDEX sessions_of_user \(user_id>\?\)$/],
  [
    /insert into endings .* user_id (=|in)/s,
    /^SEARCH sessions USING COVERING INDEX sessions_of_user \(user_id=\?/,
  ],
  [/insert into endings .* id in \(/s, /^SEARCH sessions USING /],
  [/^\s*update sessions set .* where id in/s, /^SEARCH sessions USING PRIMARY KEY \(id=\?\)$/],
  [
    /^\s*update sessions .*last_activity_at <= \?\)/s,
    /sessions_by_activity \(kind=\? AND remembered=\? AND last_act/,
  ],
  [/^\s*update sessions .*and created_at <= \?\)/s, /sessions_by_start \(kind=\? AND created_at<\?\)$/],
  [/^update sessions set remembered = 0/, /sessions_by_activity \(kind=\? AND remembered=\?\)$/],
  [/^delete from sessions/, /COVERING INDEX sessions_ended/],
  [/from "users" where "username_key" = \?/, /^SEARCH users USING INDEX users_username/],
]

test('No statement walks a whole table of people, sessions, events or records, however many there are', async () => {
  const prepared = vi.spyOn(DatabaseSync.prototype, 'prepare')
  await using service = await startService()
  await useEverything(service)
  const statements = new Set(prepared.mock.calls.map(([statement]) => statement))
  prepared.mockRestore()

  const database = new DatabaseSync(join(service.folder, 'curfew.db'), { readOnly: true })
  // Without statistics a plan does not depend on what is stored: the one seen here is the one used for millions.
  expect(database.prepare("select name from sqlite_master where name like 'sqlite_stat%'").all()).toEqual([])
  const plans = new Map<string, readonly string[]>()
  for (const statement of statements)
    if (/^\s*(select|insert|update|delete)\b/i.test(statement) && !statement.includes('kysely_'))
      plans.set(
        statement,
        (database.prepare(`explain query plan ${statement}`).all() as { detail: string }[]).map(
          ({ detail }) => detail,
        ),
      )
  database.close()

  const walks = [...plans].flatMap(([statement, steps]) =>
    steps
      .filter((step) => /^SCAN (sessions|users|events|audit|endings)\b/.test(step))
      .filter((step) => !meant.some(([steps, statements]) => steps.test(step) && statements.test(statement)))
      .map((step) => `${step}: ${statement}`),
  )
  expect(walks).toEqual([])
  for (const [pattern, wanted] of hot) {
    const found = [...plans].filter(([statement]) => pattern.test(statement))
    expect(found, `nothing is like ${pattern}`).not.toEqual([])
    const others = found.filter(([, steps]) => !steps.some((step) => wanted.test(step)))
    expect(others, `found otherwise than by ${wanted}`).toEqual([])
  }
})
