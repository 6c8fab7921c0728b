import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import {
  CatalogueKey,
  ConfigEntry,
  ConfigInput,
  ConfigReading,
  EntryRemoval,
  EntryWrite,
} from '../../../domain/config.ts'
import { ConnectionState, Instance, InstanceState, Me } from '../../../domain/instance.ts'
import { ItemOutcome, Job, JobItem, JobOrder, JobState, JobSummary } from '../../../domain/job.ts'
import { LockState, Resealing } from '../../../domain/lock.ts'
import { Following, InstanceNotice, News, NewsState, Stale } from '../../../domain/news.ts'
import { SessionPage, UserPage, UserQuery } from '../../../domain/page.ts'
import { FieldReading, FieldValue, PolicyReading } from '../../../domain/policy.ts'
import { Preview } from '../../../domain/preview.ts'
import { FieldProblem } from '../../../domain/problem.ts'
import { WriteResult } from '../../../domain/reading.ts'
import { RevocationReport } from '../../../domain/revocation.ts'
import { Right, Rights } from '../../../domain/rights.ts'
import { defaultPolicy, ServicePolicy, StoredPolicy } from '../../../domain/service-policy.ts'
import { Session, SessionCounts } from '../../../domain/session.ts'
import { defaultSettings, SettingName, Settings, SettingsChange } from '../../../domain/settings.ts'
import { ServiceUser, User, UserRole } from '../../../domain/user.ts'

const id = '0b9f4f9e-7f3a-4c06-9a0e-3f6f0a2a8c11'
const then = '2026-01-01T12:00:00.000Z'

const instance = {
  id,
  name: 'Production',
  colour: 'red',
  environment: 'Live',
  baseUrl: 'https://sessions.example.com',
  connector: 'session-service',
  builtIn: false,
  username: 'ann',
}
const me = {
  userId: 'u1',
  username: 'ann',
  displayName: 'Ann',
  role: 'Owner',
  rights: { 'policy.read': 'held' },
}
const user = {
  id: 'u1',
  username: 'ann',
  displayName: 'Ann',
  email: 'ann@example.com',
  permissions: ['UserView'],
  disabled: false,
}
const counts = { web: 1, token: 2, kubernetes: 3 }
const session = {
  id: 's1',
  userId: 'u1',
  kind: 'web',
  createdAt: then,
  lastActivityAt: then,
  remembered: true,
  client: 'Chromium on Linux',
  address: '192.0.2.1',
  endsAt: then,
  endsBecause: 'idle',
  current: true,
}
const order = { kind: 'revoke-users', instance: id, reason: 'Left', includeOwn: true }
const item = { id: 'u1', name: 'Ann', outcome: { what: 'gone' } }
const job = { id, title: 'Sign out', startedAt: then, order, state: { status: 'done' } }
const stamp = { revision: '7', asOf: then, updatedAt: then, updatedBy: 'ann' }
const reading = { fields: { inactivity: { value: { on: true, seconds: 60 } } }, ...stamp }
const problem = { code: 'locked', message: 'Locked.' }
const entry = {
  id: 'e1',
  type: 'AppConfig',
  key: 'A',
  value: '60',
  revision: '7',
  updatedAt: then,
  updatedBy: 'ann',
}
const notice = { instance: id, id: 1, at: then, what: 'owner-made', by: 'ann' }
const knownKey = {
  type: 'A',
  key: 'B',
  label: 'C',
  unit: 'minutes',
  min: 1,
  max: 2,
  default: 1,
  description: 'D',
}
const mention = { id: 's1', userId: 'u1', kind: 'web' }

/** What each shape is, whole, and which parts of it may be missing. */
const shapes: [
  what: string,
  schema: z.ZodType,
  whole: Readonly<Record<string, unknown>>,
  optional?: readonly string[],
][] = [
  ['an instance', Instance, { ...instance, serverId: 'server' }, ['serverId']],
  ['who Curfew is', Me, me],
  ['an instance with its state', InstanceState, { instance, connection: { status: 'connecting' } }],
  [
    'a connection',
    ConnectionState,
    {
      status: 'connected',
      since: then,
      serverName: 'Test',
      serverVersion: '1',
      me,
      capabilities: ['policy.read'],
      userRoles: [{ id: 'owner', people: 'Owners' }],
    },
  ],
  ['a connection that is gone', ConnectionState, { status: 'offline', since: then, detail: 'Gone.' }],
  [
    'a connection that wants a sign-in',
    ConnectionState,
    { status: 'sign-in-needed', since: then, why: 'session-ended', detail: 'Ended.' },
  ],
  ['a role to list by', UserRole, { id: 'owner', people: 'Owners' }],
  [
    'a person',
    User,
    { ...user, role: 'Owner', sessions: counts, lastActivityAt: then },
    ['role', 'sessions', 'lastActivityAt'],
  ],
  ['a person of the service', ServiceUser, { ...user, role: 'owner' }],
  ['a page of people', UserPage, { items: [user], nextCursor: 'more', total: 2 }],
  ['a page of sessions', SessionPage, { items: [session], nextCursor: 'more', total: 2, serverTime: then }],
  ['a session', Session, session],
  ['counted sessions', SessionCounts, counts],
  ['an order', JobOrder, order],
  ['an item', JobItem, item],
  ['a job', Job, { ...job, items: [item] }],
  ['a job without its items', JobSummary, { ...job, done: 1, total: 2 }],
  ['a preview', Preview, { endsSessions: 1, endsUsers: 1, endsYours: true, byKind: counts }],
  ['a report', RevocationReport, { results: [{ id: 'u1', outcome: 'revoked', revoked: 1 }] }],
  ['a rule', FieldValue, { on: true, seconds: 60 }, ['seconds']],
  [
    'a rule with its terms',
    FieldReading,
    {
      value: { on: true },
      unit: 'seconds',
      bounds: { min: 1, max: 2, notBelow: 'inactivity', notAbove: 'maximum' },
      canBeOff: true,
      name: 'SSO Session Max',
      inheritsFrom: 'inactivity',
      note: 'Two minutes more.',
    },
    ['unit', 'bounds', 'canBeOff', 'name', 'inheritsFrom', 'note'],
  ],
  ['the rules read', PolicyReading, reading],
  ['a write', WriteResult(PolicyReading), { outcome: 'written', reading, readAgain: true }, ['readAgain']],
  ['a conflict', WriteResult(PolicyReading), { outcome: 'conflict', reading }],
  ['the service’s policy', ServicePolicy, defaultPolicy],
  [
    'the service’s policy, stored',
    StoredPolicy,
    { ...defaultPolicy, revision: '7', updatedAt: then, updatedBy: 'a' },
  ],
  ['a row of System Config', ConfigEntry, entry],
  ['a row as it is typed', ConfigInput, { type: 'AppConfig', key: 'A', value: '' }],
  ['a row written', EntryWrite(ConfigEntry), { outcome: 'written', entry, readAgain: true }, ['readAgain']],
  ['a row that was changed', EntryWrite(ConfigEntry), { outcome: 'conflict', entry }],
  ['a row that is there', EntryWrite(ConfigEntry), { outcome: 'exists', entry }],
  ['a row that can’t be deleted', EntryRemoval(ConfigEntry), { outcome: 'conflict', entry }],
  [
    'System Config',
    ConfigReading,
    { types: ['AppConfig'], keys: [knownKey], entries: [{ ...entry, value: 'a' }], asOf: then },
  ],
  ['a known key', CatalogueKey, knownKey],
  ['a fault', FieldProblem, { field: 'a', code: 'b', message: 'c', min: 1, max: 2 }, ['min', 'max']],
  ['the settings', Settings, defaultSettings],
  ['a change of the settings', SettingsChange, { ...defaultSettings }, SettingName.options],
  ['the lock, open', LockState, { status: 'unlocked', locksInMs: 1, warning: true }],
  ['the lock, shut', LockState, { status: 'locked', reason: 'idle', retryInMs: 0 }],
  ['no keychain', LockState, { status: 'no-keychain', fault: 'absent', help: 'Install one.' }],
  ['news of the policy', News, { type: 'policy-changed', data: { etag: '7', by: 'ann' } }],
  [
    'news of an entry',
    News,
    { type: 'entry-changed', data: { id: 'e', type: 'a', key: 'b', change: 'added', by: 'ann' } },
  ],
  ['news of a sign-in', News, { type: 'session-started', data: { session: mention } }],
  ['news of an end', News, { type: 'session-ended', data: { reason: 'idle', sessions: [mention] } }],
  [
    'news for the Owners',
    News,
    {
      type: 'notice',
      data: { id: 1, at: then, what: 'owner-made', by: 'ann', person: { id: 'u1', username: 'ann' } },
    },
    ['data.person'],
  ],
  ['what is stale', Stale, { instance: id, what: 'policy', whose: ['u1'] }, ['whose']],
  ['how news comes', Following, { how: 'asking', everySeconds: 30 }],
  ['a notice of an instance', InstanceNotice, notice],
  ['the news', NewsState, { following: { [id]: { how: 'told' } }, notices: [notice] }, [`following.${id}`]],
  ['how far sealing is', Resealing, { what: 'drafts', done: 0, of: 1 }],
  ['news of a person', News, { type: 'user-changed', data: { userId: 'u1', change: 'changed' } }],
]

/** The same with one part of it, at any depth, taken out or made something else. */
function* spoilt(
  whole: unknown,
  how: 'missing' | 'wrong',
  path: readonly string[] = [],
): Generator<[string, unknown]> {
  if (typeof whole !== 'object' || whole === null) return
  const put = (key: string, value: unknown) =>
    Array.isArray(whole)
      ? whole.map((each, at) => (String(at) === key ? value : each))
      : { ...whole, [key]: value }
  for (const [key, part] of Object.entries(whole)) {
    const at = [...path, key].join('.')
    if (how === 'wrong') yield [at, put(key, Symbol('wrong'))]
    else if (!Array.isArray(whole)) {
      const { [key]: _, ...rest } = whole as Record<string, unknown>
      yield [at, rest]
    }
    for (const [below, value] of spoilt(part, how, [...path, key])) yield [below, put(key, value)]
  }
}

/** Parts within parts that may be missing: any right, any rule and its length, any bound. */
const mayBeMissing = /(?:^|\.)(?:rights|fields)\..+(?<!value|on)$|\.value\.seconds$|^bounds\./

describe.each(shapes)('%s', (_, schema, whole, optional = []) => {
  test('passes whole, with nothing of it lost', () => {
    expect(schema.parse(structuredClone(whole))).toEqual(whole)
  })

  test('does not pass with any part of another kind', () => {
    for (const [at, value] of spoilt(whole, 'wrong'))
      expect([at, schema.safeParse(value).success]).toEqual([at, false])
  })

  test('does not pass without a part, unless that may be missing', () => {
    for (const [at, value] of spoilt(whole, 'missing')) {
      const isOptional = optional.includes(at) || mayBeMissing.test(at)
      expect([at, schema.safeParse(value).success]).toEqual([at, isOptional])
    }
  })
})

test('What is stored or sent in Curfew’s own shapes holds nothing more than they say', () => {
  for (const [schema, whole] of [
    [Instance, instance],
    [Settings, defaultSettings],
    [SettingsChange, {}],
    [JobOrder, order],
    [FieldValue, { on: true }],
    [ServicePolicy, defaultPolicy],
    [ServicePolicy.shape.idleTimeout, defaultPolicy.idleTimeout],
    [ServicePolicy.shape.rememberMe, defaultPolicy.rememberMe],
    [UserQuery, {}],
    [ConfigInput, { type: 'AppConfig', key: 'A', value: '' }],
  ] as const)
    expect([schema.safeParse(whole).success, schema.safeParse({ ...whole, more: 1 }).success]).toEqual([
      true,
      false,
    ])
})

test('A name that is no name is told what is wrong with it', () => {
  const messages = ['', 'x'.repeat(61)].map(
    (name) => Instance.shape.name.safeParse(name).error?.issues[0]?.message,
  )
  expect(messages).toEqual(['Give the instance a name.', 'A name has at most 60 characters.'])
  expect(Instance.shape.environment.safeParse('x'.repeat(31)).error?.issues[0]?.message).toBe(
    'An environment label has at most 30 characters.',
  )
  expect(Instance.parse({ ...instance, name: ' Test ', environment: ' Live ' })).toMatchObject({
    name: 'Test',
    environment: 'Live',
  })
})

test('A query that says nothing is one for the first hundred people, whoever they are', () => {
  expect(UserQuery.parse({})).toEqual({ search: '', active: false, limit: 100 })
})

/** Every state in its shortest form, by what tells it from the others. */
test.each([
  [LockState, [{ status: 'new' }]],
  [EntryWrite(ConfigEntry), [{ outcome: 'gone' }]],
  [EntryRemoval(ConfigEntry), [{ outcome: 'removed' }]],
  [Following, [{ how: 'told' }]],
  [Stale, ['policy', 'config', 'users', 'sessions'].map((what) => ({ instance: id, what }))],
  [Resealing, ['passwords', 'reports', 'drafts'].map((what) => ({ what, done: 1, of: 1 }))],
  [ConfigReading, [{ types: [], keys: [], entries: [{ ...entry, value: null }], asOf: then }]],
  [ConnectionState, [{ status: 'connecting' }]],
  [
    JobState,
    [
      { status: 'running' },
      { status: 'done' },
      { status: 'cancelled' },
      { status: 'stopped', why: 'locked' },
      { status: 'stopped', why: 'restarted' },
      { status: 'stopped', why: 'failed', problem },
    ],
  ],
  [
    ItemOutcome,
    [
      { what: 'waiting' },
      { what: 'sent' },
      { what: 'revoked', sessions: 2 },
      { what: 'had-no-session' },
      { what: 'gone' },
      { what: 'forbidden' },
      { what: 'failed', message: 'Lost.' },
    ],
  ],
  [Rights, [{}, ...Right.options.flatMap((right) => [{ [right]: 'held' }, { [right]: 'assumed' }])]],
  [
    RevocationReport,
    ['revoked', 'gone', 'forbidden'].map((outcome) => ({ results: [{ id: 'u1', outcome, revoked: 0 }] })),
  ],
  [News, ['added', 'changed'].map((change) => ({ type: 'user-changed', data: { userId: 'u1', change } }))],
  [
    News,
    ['added', 'changed', 'removed'].map((change) => ({
      type: 'entry-changed',
      data: { id: 'e', type: 'a', key: 'b', change, by: 'ann' },
    })),
  ],
  [
    News,
    ['owner-made', 'admin-made', 'password-reset', 'many-sessions-ended'].map((what) => ({
      type: 'notice',
      data: { id: 1, at: then, what, by: 'ann' },
    })),
  ],
  [Settings, ['system', 'light', 'dark'].map((theme) => ({ ...defaultSettings, theme }))],
] as const)('each state is known, and an unknown one is none', (schema, states) => {
  for (const state of states) expect(schema.parse(state)).toEqual(state)
  expect(
    schema.safeParse({ status: 'else', what: 'else', type: 'else', theme: 'else', else: 'held' }).success,
  ).toBe(false)
})
