import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { SessionKind } from '../../../../domain/session.ts'
import type { Role } from '../../../../domain/user.ts'
import type { Database } from '../../../../service/database/database.ts'
import { openSqlite } from '../../../../service/database/open-sqlite.ts'
import type { AuditTable } from '../../../../service/database/tables.ts'
import { createActivity } from '../../../../service/store/activity.ts'
import { createAuditKeys, type KeyFile, newKeyFile } from '../../../../service/store/audit-keys.ts'
import { createAuditSeal, type Head } from '../../../../service/store/audit-seal.ts'
import type { Author } from '../../../../service/store/author.ts'
import { createConfigEntries } from '../../../../service/store/config-entries.ts'
import {
  type Actor,
  createJournal,
  type NumberedEvent,
  theService,
} from '../../../../service/store/journal.ts'
import { createLimitsCache } from '../../../../service/store/limits.ts'
import { createPolicies } from '../../../../service/store/policy.ts'
import { defaultQuotas, type Quotas } from '../../../../service/store/quotas.ts'
import { createSessions, type NewSession } from '../../../../service/store/sessions.ts'
import { createUsers, type NewUser, type StoredUser } from '../../../../service/store/users.ts'

/** In memory where the system has a place for files there: a database opens in milliseconds. */
const memory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** A folder that is gone with the test. */
export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(memory, 'curfew-store-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

export const start = Date.UTC(2026, 4, 4, 9)

/** A seal whose outside is this object. */
export function newSeal(file: KeyFile = newKeyFile()) {
  const kept: Head[] = []
  const seal = createAuditSeal(createAuditKeys(file), {
    kept: undefined,
    keep: async (head) => {
      kept.push(head)
    },
  })
  return { seal, kept }
}

export type World = Awaited<ReturnType<typeof openWorld>>

/** An embedded database with the stores on it, and a clock that stands still until it is moved. No server. */
export async function openWorld({
  quotas,
  change = (database) => database,
}: {
  readonly quotas?: Partial<Quotas>
  /** What is put between the stores and their database. */
  readonly change?: (database: Database) => Database
} = {}) {
  const stored = await openSqlite(await newFolder())
  const database = change(stored)
  let now = start
  const clock = () => now
  const { seal, kept } = newSeal()
  const journal = createJournal({ database, clock, seal })
  const activity = createActivity(database, { everyMs: 3_600_000 })
  const limits = await createLimitsCache(database)
  const parts = { database, journal, activity, limits, clock }
  const users = createUsers(parts)
  const sessions = createSessions({ ...parts, quotas: { ...defaultQuotas, ...quotas } })
  const heard: NumberedEvent[] = []
  journal.subscribe((event) => heard.push(event))
  onTestFinished(async () => {
    await activity.close().catch(() => {})
    await journal.close()
    await stored.close()
  })

  const addUser = async (username: string, more: Partial<NewUser> = {}): Promise<StoredUser> =>
    await journal.write((transaction) =>
      users.add(transaction, {
        username,
        displayName: username,
        email: '',
        role: 'member',
        permissions: [],
        password: 'hashed',
        ...more,
      }),
    )
  /** Somebody who may do everything. */
  const authorNamed = (name: string, id: string | null = null): Author => {
    const actor: Actor = { id, name, address: '192.0.2.7' }
    const holder = {
      id: id ?? '',
      username: name,
      displayName: name,
      email: '',
      role: 'owner' as Role,
      permissions: [],
    }
    return {
      actor,
      write: (work) => journal.write((transaction, record) => work(transaction, record, holder)),
    }
  }
  return {
    ...parts,
    seal,
    kept,
    users,
    sessions,
    policies: createPolicies(parts),
    entries: createConfigEntries(parts),
    /** Events as they were heard. */
    heard,
    /** Moves the clock; nothing else does. */
    pass: (seconds: number) => {
      now += seconds * 1000
    },
    addUser,
    authorNamed,
    owner: authorNamed('owner'),
    startSession: async (user: Pick<StoredUser, 'id'>, kind: SessionKind, more: Partial<NewSession> = {}) =>
      await journal.write((transaction, record) =>
        sessions.start(transaction, record, {
          userId: user.id,
          kind,
          remembered: false,
          client: 'test',
          address: '192.0.2.8',
          ...more,
        }),
      ),
    /** Writes down some acts of the service, each in its own transaction. */
    note: async (...actions: readonly string[]) => {
      for (const action of actions)
        await journal.write(async (_, record) => record.audit({ actor: theService, action, target: 'test' }))
    },
    audit: async (): Promise<readonly AuditTable[]> =>
      await database.read.selectFrom('audit').selectAll().orderBy('seq').execute(),
    storedSession: async (id: string) =>
      await database.read.selectFrom('sessions').selectAll().where('id', '=', id).executeTakeFirst(),
    setPolicy: async (
      idleSeconds: number | undefined,
      maximumSeconds: number,
      remember = true,
      idleRemembered = true,
    ) => {
      const policies = createPolicies(parts)
      const { revision } = await policies.read()
      return await policies.replace(authorNamed('owner'), [revision], {
        idleTimeout: { enabled: idleSeconds !== undefined, seconds: idleSeconds ?? 3_600 },
        idleAppliesToRemembered: idleRemembered,
        rememberMe: { enabled: remember, maximumSeconds },
      })
    },
  }
}
