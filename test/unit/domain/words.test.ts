import { describe, expect, test } from 'vitest'
import { configTypes } from '../../../domain/config.ts'
import { CredentialKind } from '../../../domain/credential.ts'
import { DurationUnit } from '../../../domain/duration.ts'
import {
  Capability,
  ConnectorId,
  InstanceColour,
  instanceColours,
  signInReasons,
} from '../../../domain/instance.ts'
import { type ItemOutcome, isUnfinished, jobItemsMax, summaryOf } from '../../../domain/job.ts'
import {
  autoLockMinutes,
  clipboardSeconds,
  draftMaxLength,
  KeychainFault,
  LockReason,
  lockReasons,
  lockWarningSeconds,
  missingCharacters,
  passphraseMinLength,
} from '../../../domain/lock.ts'
import { manySessions } from '../../../domain/news.ts'
import { FieldId } from '../../../domain/policy-fields.ts'
import { fail, Problem, succeed } from '../../../domain/problem.ts'
import { Right } from '../../../domain/rights.ts'
import { SessionEndReason, SessionKind, sessionKinds } from '../../../domain/session.ts'
import { applySettings, defaultSettings, SettingName, strictestSettings } from '../../../domain/settings.ts'
import { Permission, Role, roleNames, roles } from '../../../domain/user.ts'

/** Written by hand, not read from the sources: what is on the wire or in a file must stay what it is. */
const vocabularies: Readonly<Record<string, readonly [readonly string[], readonly string[]]>> = {
  rights: [
    Right.options,
    [
      'policy.read',
      'policy.write',
      'config.read',
      'config.write',
      'users.view',
      'users.edit',
      'sessions.revoke',
    ],
  ],
  roles: [Role.options, ['owner', 'admin', 'member']],
  permissions: [Permission.options, ['AdministerSystem', 'UserEdit', 'UserView']],
  capabilities: [
    Capability.options,
    [
      'policy.read',
      'policy.write',
      'policy.preview',
      'config.read',
      'config.write',
      'config.preview',
      'users.list',
      'sessions.list',
      'sessions.revoke-one',
      'sessions.revoke-user',
    ],
  ],
  colours: [InstanceColour.options, ['blue', 'teal', 'green', 'yellow', 'orange', 'red', 'pink', 'grape']],
  products: [ConnectorId.options, ['session-service']],
  credentials: [CredentialKind.options, ['password', 'api-key', 'client-secret', 'bearer']],
  units: [DurationUnit.options, ['seconds', 'minutes', 'hours', 'days']],
  'kinds of session': [SessionKind.options, ['web', 'token', 'kubernetes']],
  'ends of a session': [
    SessionEndReason.options,
    ['idle', 'maximum', 'revoked', 'signed-out', 'expired', 'disabled', 'displaced'],
  ],
  'reasons for a lock': [
    LockReason.options,
    [
      'restart',
      'idle',
      'manual',
      'suspend',
      'screen-lock',
      'user-switch',
      'minimise',
      'clock',
      'passphrase-change',
    ],
  ],
  'faults of a keychain': [KeychainFault.options, ['absent', 'locked', 'restarted', 'timed-out', 'failed']],
  'reasons for a sign-in': [
    signInReasons,
    [
      'session-ended',
      'credentials-refused',
      'password-needed',
      'keychain-locked',
      'keychain-unavailable',
      'another-server',
      'changed-outside',
      'sign-in-failed',
    ],
  ],
  'types of System Config': [configTypes, ['AppConfig', 'Flags', 'TenantConfig', 'DockerRegistryCreds']],
  settings: [
    SettingName.options,
    [
      ...['autoLockMinutes', 'lockOnSuspend', 'lockOnScreenLock', 'lockOnMinimise', 'lockOnSystemIdle'],
      ...['theme', 'checkForUpdates'],
    ],
  ],
  rules: [
    FieldId.options,
    [
      'inactivity',
      'inactivity-binds-remembered',
      'remember-me',
      'inactivity-remembered',
      'maximum-remembered',
      'maximum',
      'inactivity-offline',
      'maximum-offline',
      'inactivity-client',
      'maximum-client',
      'inactivity-client-offline',
      'maximum-client-offline',
      'access-token',
      'authorization-token',
      'kubernetes',
    ],
  ],
}

test.each(Object.entries(vocabularies))('The %s are these words, and no others', (_, [words, wanted]) => {
  expect(words).toEqual(wanted)
})

/** Every problem, and what it carries beside its message. */
const problems: Readonly<Record<Problem['code'], object>> = {
  'untrusted-sender': {},
  locked: {},
  'bad-request': {},
  internal: {},
  'keychain-unavailable': {},
  'keychain-locked': {},
  'password-needed': {},
  'changed-outside': {},
  'no-such-instance': {},
  invalid: { errors: [{ field: 'a', code: 'b', message: 'c' }] },
  unreachable: {},
  'untrusted-certificate': {},
  'not-this-product': {},
  gateway: { retryAfterSeconds: 5 },
  'another-server': {},
  'another-certificate': {},
  'not-proven': {},
  'not-known': {},
  'sign-in-needed': {},
  'invalid-credentials': {},
  refused: { permission: 'UserEdit' },
  'not-found': {},
  throttled: { retryAfterSeconds: 5 },
  unsupported: {},
  'server-error': { retryAfterSeconds: 5 },
}

test.each(Object.entries(problems))(
  'The problem %s passes with its message, and not without',
  (code, more) => {
    const whole = { code, message: 'What to do next.', ...more }
    expect(Problem.parse(whole)).toEqual(whole)
    expect(Problem.safeParse({ code, ...more }).success).toBe(false)
    expect(Problem.safeParse({ ...whole, code: 'else' }).success).toBe(false)
  },
)

test('A call comes to its value or to a problem', () => {
  expect(succeed(1)).toEqual({ ok: true, value: 1 })
  expect(fail({ code: 'locked', message: 'Locked.' })).toEqual({
    ok: false,
    problem: { code: 'locked', message: 'Locked.' },
  })
})

test('The limits of the app are these', () => {
  expect(autoLockMinutes).toEqual({ min: 1, max: 240, default: 10 })
  expect([lockWarningSeconds, passphraseMinLength, draftMaxLength, jobItemsMax]).toEqual([
    30, 8, 60_000, 10_000,
  ])
  expect([clipboardSeconds, manySessions]).toEqual([30, 50])
  expect([lockReasons, instanceColours, sessionKinds, roles]).toEqual(
    ['reasons for a lock', 'colours', 'kinds of session', 'roles'].map((what) => vocabularies[what]?.[1]),
  )
  expect(roleNames).toEqual({ owner: 'Owner', admin: 'Admin', member: 'Member' })
})

test('C1: a passphrase is as long as it has characters, whatever they are made of', () => {
  expect(
    ['', '1234567', '12345678', '123456789', '🔑🔑🔑🔑', '🔑🔑🔑🔑🔑🔑🔑🔑'].map(missingCharacters),
  ).toEqual([8, 1, 0, 0, 4, 0])
})

/** What may have become of an item: whether the server has answered, and whether trying again may do something. */
const outcomes: readonly (readonly [ItemOutcome, answered: boolean, unfinished: boolean])[] = [
  [{ what: 'waiting' }, false, true],
  [{ what: 'sent' }, false, true],
  [{ what: 'revoked', sessions: 2 }, true, false],
  [{ what: 'had-no-session' }, true, false],
  [{ what: 'gone' }, true, false],
  [{ what: 'forbidden' }, true, true],
  [{ what: 'failed', message: 'Lost.' }, true, true],
]

describe('a job’s items', () => {
  const items = outcomes.map(([outcome]) => ({ id: outcome.what, name: 'Ann', outcome }))
  const job = {
    id: '0b9f4f9e-7f3a-4c06-9a0e-3f6f0a2a8c11',
    title: 'Sign out',
    startedAt: '2026-01-01T12:00:00.000Z',
    order: { kind: 'revoke-users', instance: 'i', reason: '', includeOwn: false },
    state: { status: 'running' },
  } as const

  test('are done once the server has said what became of them; the summary counts those, and leaves out the items', () => {
    expect(summaryOf({ ...job, items })).toEqual({ ...job, done: 5, total: 7 })
    for (const [at, [{ what }, answered]] of outcomes.entries()) {
      const { done } = summaryOf({ ...job, items: items.slice(at, at + 1) })
      expect([what, done]).toEqual([what, answered ? 1 : 0])
    }
  })

  test('are tried again where that may still do something', () => {
    expect(items.map((item) => [item.id, isUnfinished(item)])).toEqual(
      outcomes.map(([{ what }, , unfinished]) => [what, unfinished]),
    )
  })
})

describe('the app’s settings', () => {
  test('are these at first, and as strict as can be where they can’t be read', () => {
    const first = {
      autoLockMinutes: 10,
      lockOnSuspend: true,
      lockOnScreenLock: true,
      lockOnMinimise: false,
      lockOnSystemIdle: true,
      theme: 'system',
      checkForUpdates: true,
    }
    expect(defaultSettings).toEqual(first)
    expect(strictestSettings).toEqual({ ...first, autoLockMinutes: 1, lockOnMinimise: true })
  })

  test('change in what is given, and in nothing that is given as nothing', () => {
    expect(applySettings(defaultSettings, { theme: 'dark', lockOnSuspend: undefined })).toEqual({
      ...defaultSettings,
      theme: 'dark',
    })
  })
})
