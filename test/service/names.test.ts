import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { expect, onTestFinished, test } from 'vitest'
import { sortKey } from '../../domain/names.ts'
import { openDatabases } from './databases.ts'
import { type Client, password, startService } from './support.ts'

/** What looks like another name, or like nothing, and may not be somebody's username. */
const lookAlikes: readonly (readonly [name: string, code: string])[] = [
  ...[
    '\u034f',
    '\ufe0f',
    '\u{e0100}',
    '\u180b',
    '\u17b4',
    '\u200b',
    '\u200d',
    '\u00ad',
    '\u2060',
    '\u3164',
    '\uffa0',
    '\u115f',
    '\ufeff',
    '\u061c',
    '\u{e0041}',
    '\u202e',
  ].flatMap((hidden) => [
    [`a${hidden}dmin`, 'hidden-characters'] as const,
    [`adm${hidden}in`, 'hidden-characters'] as const,
    // JavaScript trims a byte order mark like a space.
    [`admin${hidden}`, hidden === '\ufeff' ? 'exists' : 'hidden-characters'] as const,
  ]),
  // Where an emoji is, its hidden half may stand in a text, but not in a username.
  ['admin1\ufe0f\u20e3', 'hidden-characters'],
  ['\u0430dmin', 'mixed-scripts'],
  ['admin\u2800', 'hidden-characters'],
  ['ad min', 'malformed'],
  ['ADMIN', 'exists'],
  ['ａｄｍｉｎ', 'exists'],
  ['admın', 'exists'],
  ['ADMİN'.normalize('NFD').replace('\u0307', ''), 'exists'],
  ['ⓐdmin', 'malformed'],
  ['𝐚𝐝𝐦𝐢𝐧', 'exists'],
  ['strasse', 'exists'],
  ['STRASSE', 'exists'],
  ['STRAẞE', 'exists'],
  ['ΣΊΣΥΦΟΣ', 'exists'],
  ['zoe\u0308', 'exists'],
]

/** How a name may be typed by who has it. */
const spellings: Readonly<Record<string, readonly string[]>> = {
  admin: ['admin', 'Admin ', ' ADMIN', 'admin\u00a0', '\tadmin\n', 'adm\u200bin', 'ａｄｍｉｎ'],
  straße: ['straße', 'STRASSE', 'Straße', 'strasse', 'STRAẞE '],
  zoë: ['zoë', 'ZOË', 'zoe\u0308', 'Zoë '],
  σίσυφος: ['σίσυφος', 'ΣΊΣΥΦΟΣ', 'Σίσυφοσ'],
}

const people = [
  ['admin', 'adam'],
  ['straße', 'Ida Straßer'],
  ['zoë', 'Zoë'],
  ['σίσυφος', 'Σίσυφος'],
  ['yilmaz.a', 'Yılmaz'],
  ['yildiz', 'YILDIZ'],
  ['soren', 'Søren Kierkegaard'],
  ['aesop', 'Æsop'],
  ['lukasz', 'Łukasz'],
  ['angstrom', 'Ångström'],
  ['angel', 'angel'],
  ['eric', 'Éric'],
  ['erica', 'erica'],
  ['fyodor', 'Фёдор'],
  ['yod', 'Йод'],
  ['ivan', 'Иван'],
  ['deng', '鄧小平'],
  ['num', '1st Line'],
  ['under', '_service'],
  ['upper', 'ADAM'],
  ['resume1', 'résumé'],
  ['resume2', 'resume'],
  ['resume3', 'resumé'],
  ['hebrew', 'שָׁלוֹם'],
] as const

/** What is typed into the search, and whom it finds. */
const searches: Readonly<Record<string, readonly string[]>> = {
  yilmaz: ['yilmaz.a'],
  YILMAZ: ['yilmaz.a'],
  Yılmaz: ['yilmaz.a'],
  yıldız: ['yildiz'],
  soren: ['soren'],
  sören: ['soren'],
  strasser: ['straße'],
  straßer: ['straße'],
  'angstro\u0308m': ['angstrom'],
  lukasz: ['lukasz'],
  aesop: ['aesop'],
  σισυφοσ: ['σίσυφος'],
  федор: ['fyodor'],
  'ida  straßer ': ['straße'],
  שלום: ['hebrew'],
  'ad\u200bam': ['admin', 'upper'],
}

async function addPeople(owner: Client) {
  for (const [username, displayName] of people) {
    const reply = await owner.call('POST', 'users', { username, displayName, password })
    expect([username, reply.status]).toEqual([username, 201])
  }
}

const usernames = async (owner: Client, query: string) =>
  (await owner.call('GET', `users?limit=500&${query}`)).body.items.map(
    ({ username }: { username: string }) => username,
  ) as string[]

for (const { name, open } of openDatabases()) {
  test(`Names have one form for storing, finding, sorting and signing in (${name})`, async () => {
    await using service = await startService({ open })
    const owner = await service.signIn('owner')
    await addPeople(owner)
    for (const [username, code] of lookAlikes) {
      const reply = await owner.call('POST', 'users', { username, password })
      const got = reply.body.errors?.[0]
      expect([username, got?.field, got?.code]).toEqual([username, 'username', code])
    }
    for (const [username, typed] of Object.entries(spellings))
      for (const spelling of typed) {
        const reply = await service.call('POST', 'sign-in', { username: spelling, password })
        expect([spelling, reply.status, reply.body.user?.username]).toEqual([spelling, 201, username])
      }
    for (const [search, found] of Object.entries(searches))
      expect([search, (await usernames(owner, `search=${encodeURIComponent(search)}`)).sort()]).toEqual([
        search,
        found,
      ])
    const shown = (await owner.call('GET', 'users?limit=500&sort=displayName')).body.items.map(
      ({ displayName }: { displayName: string }) => displayName,
    )
    const { compare } = new Intl.Collator('und')
    expect(shown).toEqual([...shown].sort(compare))
    expect(shown.indexOf('Zoë')).toBeGreaterThan(shown.indexOf('adam'))
    const backwards = (await owner.call('GET', 'users?limit=500&sort=-displayName')).body.items
    expect(backwards.map(({ displayName }: { displayName: string }) => displayName)).toEqual(shown.reverse())
    const byName = await usernames(owner, 'sort=username')
    expect(byName).toEqual([...byName].sort(compare))
    const asAdmin = (await owner.call('GET', `audit?actor=${encodeURIComponent('ADMIN ')}`)).body.items
    expect(asAdmin.length).toBeGreaterThan(0)
  })

  test(`A database of before gets the keys, and of two names that have become one both people can sign in (${name})`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'curfew-names-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    {
      await using service = await startService({ open, folder })
      const owner = await service.signIn('owner')
      await addPeople(owner)
      const { database } = service.service.services
      // As it was before that migration: other columns, other keys, and two names that are one now.
      await database.write(async (transaction) => {
        const run = (text: string) => sql.raw(text).execute(transaction)
        for (const index of ['display_name', 'email', 'role', 'text', 'activity'])
          await run(`drop index users_${index}`)
        for (const column of ['username_sort', 'display_sort', 'email_sort'])
          await run(`alter table users drop column ${column}`)
        await run('create index users_display_name on users (display_name, id)')
        await run('create index users_email on users (email, id)')
        await run('create index users_activity on users (last_activity_at, id)')
        await run('create index users_role on users (role, username_key)')
        await run('create index users_text on users (username_key, id, search_text)')
        await run('update users set username_key = lower(username), search_text = lower(username)')
        await run(`update users set username_key = 'σίσυφος' where username = 'σίσυφος'`)
        await run(`update users set username = 'yıldız', username_key = 'yıldız' where username = 'soren'`)
        await run(
          `update users set username = 'adm\u034fin', username_key = 'adm\u034fin' where username = 'eric'`,
        )
        await run(`update users set username = 'strasse', username_key = 'strasse' where username = 'erica'`)
        await run('drop index sessions_of_parent')
        for (const column of ['confirmed_at', 'scopes', 'parent_id'])
          await run(`alter table sessions drop column ${column}`)
        await run('alter table signing_keys drop column retired_at')
        await run(`delete from kysely_migration where name >= '2026-12-names'`)
      })
    }
    await using service = await startService({ open, folder })
    const owner = await service.signIn('owner')
    const { read } = service.service.services.database
    const rows = await read.selectFrom('users').select(['display_name', 'display_sort']).execute()
    for (const row of rows) expect(row.display_sort).toBe(sortKey(row.display_name))
    expect(await usernames(owner, 'search=lukasz')).toEqual(['lukasz'])
    for (const [typed, username] of [
      ['straße', 'straße'],
      ['strasse', 'strasse'],
      ['STRASSE', 'strasse'],
      ['yildiz', 'yildiz'],
      ['yıldız', 'yıldız'],
      ['admin', 'admin'],
      ['adm\u034fin', 'adm\u034fin'],
      ['Σίσυφος', 'σίσυφος'],
    ] as const) {
      const reply = await service.call('POST', 'sign-in', { username: typed, password })
      expect([typed, reply.body.user?.username]).toEqual([typed, username])
    }
  })

  test(`System Config is sorted alike on every database (${name})`, async () => {
    await using service = await startService({ open })
    const owner = await service.signIn('owner')
    for (const key of ['b', 'A', 'a', 'Z', 'é', '_', '1'])
      await owner.call('POST', 'config/entries', { type: 'Flags', key, value: 'x' })
    const keys = (await owner.call('GET', 'config/entries')).body.items.map(({ key }: { key: string }) => key)
    expect(keys).toEqual(['1', 'A', 'Z', '_', 'a', 'b', 'é'])
  })
}

test('An e-mail address may have letters of every script, on either side', async () => {
  await using service = await startService()
  const owner = await service.signIn('owner')
  const { id } = await service.addUser('bea')
  const status = async (email: string) => (await owner.call('PATCH', `users/${id}`, { email })).status
  for (const email of [
    '',
    'jörg@example.com',
    'bea@münchen.de',
    '用户@例子.广告',
    "o'brien+tag@sub.example.co.uk",
    'x@xn--mnchen-3ya.de',
    'δοκιμή@παράδειγμα.δοκιμή',
  ])
    expect([email, await status(email)]).toEqual([email, 200])
  expect(await usernames(owner, `search=${encodeURIComponent('ΠΑΡΆΔΕΙΓΜΑ')}`)).toEqual(['bea'])
  for (const email of [
    'bea',
    'bea@',
    '@example.com',
    'a@b@example.com',
    'bea@example',
    'bea@exa mple.com',
    'be\u202ea@example.com',
    'be\u200ba@example.com',
    '.bea@example.com',
    'be..a@example.com',
    'bea@-example.com',
    'bea@example..com',
    'bea@127.0.0.1',
    `${'x'.repeat(65)}@example.com`,
    `bea@${'x'.repeat(250)}.com`,
  ])
    expect([email, await status(email)]).toEqual([email, 422])
})

test('What a program calls itself can’t turn or hide the text around it, and is cut at no character', async () => {
  await using service = await startService()
  for (const [sent, shown] of [
    ['Laptop\u202egnp.exe', 'Laptopgnp.exe'],
    ['\u2066Phone\u2069', 'Phone'],
    ['two\nlines\t', 'two lines'],
    ['\u200b\u200b', 'Unknown program'],
    ['Bea’s 👩‍🚀 phone', 'Bea’s 👩‍🚀 phone'],
    [`${'x'.repeat(98)}😀`, `${'x'.repeat(98)}😀`],
  ] as const) {
    const client = await service.signIn('owner', { client: { name: sent } })
    expect((await client.call('GET', 'me')).body.session.client).toBe(shown)
  }
})
