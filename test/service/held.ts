import type { Database } from '../../service/database/database.ts'
import type { Passwords } from '../../service/passwords.ts'
import { saidOfAltered } from './altered-audit.ts'
import type { TestDatabase } from './databases.ts'
import { cheapPasswords, startService, type TestService } from './support.ts'

/** Something that is on its way and stands still. */
export interface Hold {
  /** Resolves when it has come as far as it is let. */
  readonly reached: Promise<void>
  release(): void
}

/** A gate that is open until it is told to hold what comes next. */
function createGate() {
  let waiting: { readonly reached: () => void; readonly released: Promise<void>; after: number } | undefined
  return {
    pass: async () => {
      const held = waiting
      if (!held || held.after-- > 0) return
      waiting = undefined
      held.reached()
      await held.released
    },
    /** @param after so many are let through first */
    hold: (after = 0): Hold => {
      const reached = Promise.withResolvers<void>()
      const released = Promise.withResolvers<void>()
      waiting = { reached: reached.resolve, released: released.promise, after }
      return { reached: reached.promise, release: released.resolve }
    },
  }
}

/** A service whose changes can be held up, and a place from where others act meanwhile. */
export interface HeldWorld extends AsyncDisposable {
  readonly attacked: TestService
  /** On PostgreSQL another replica; the embedded database has one service only, and this is it. */
  readonly meanwhile: TestService
  /** Holds the next change just before its transaction begins. */
  holdChange(after?: number): Hold
  /** Holds the next change just before its transaction is committed. */
  holdCommit(after?: number): Hold
  /** Holds the next password that is hashed or checked. */
  holdPassword(): Hold
  /** Everything stored, except when somebody was last active. */
  stored(): Promise<unknown>
}

/** Changes by somebody are lasting; what the service does of its own accord is not, and is not held. */
function hold(database: Database, begin: () => Promise<void>, commit: () => Promise<void>): Database {
  return {
    ...database,
    write: async (work, durability = 'lasting') => {
      if (durability === 'hasty') return await database.write(work, durability)
      await begin()
      return await database.write(async (transaction) => {
        const result = await work(transaction)
        await commit()
        return result
      }, durability)
    },
  }
}

/** Everything stored, except when somebody was last active. */
export async function readStored({ service }: TestService): Promise<unknown> {
  const { read } = service.services.database
  const users = await read.selectFrom('users').selectAll().orderBy('id').execute()
  const sessions = await read.selectFrom('sessions').selectAll().orderBy('id').execute()
  return {
    users: users.map(({ last_activity_at: _, ...row }) => row),
    sessions: sessions.map(({ last_activity_at: _, ...row }) => row),
    endings: await read.selectFrom('endings').selectAll().orderBy('session_id').execute(),
    settings: await read.selectFrom('settings').selectAll().execute(),
    entries: await read.selectFrom('config_entries').selectAll().orderBy('id').execute(),
    audit: await read.selectFrom('audit').selectAll().orderBy('seq').execute(),
    events: await read.selectFrom('events').selectAll().orderBy('seq').execute(),
  }
}

/** @param options the same for both services */
export async function startHeld(
  database: TestDatabase,
  options: Pick<NonNullable<Parameters<typeof startService>[0]>, 'quotas' | 'credentialsPerMinute'> = {},
): Promise<HeldWorld> {
  const [begin, commit, hashing] = [createGate(), createGate(), createGate()]
  const passwords: Passwords = {
    hash: (plain) => hashing.pass().then(() => cheapPasswords.hash(plain)),
    verify: async (...asked) => {
      const right = await cheapPasswords.verify(...asked)
      await hashing.pass()
      return right
    },
  }
  const attacked = await startService({
    ...options,
    open: async (folder) => hold(await database.open(folder), begin.pass, commit.pass),
    passwords,
    expectedErrors: saidOfAltered,
  })
  const isShared = attacked.service.services.database.replicas !== undefined
  const meanwhile = isShared
    ? await startService({
        ...options,
        open: database.open,
        folder: attacked.folder,
        expectedErrors: saidOfAltered,
      })
    : attacked
  return {
    attacked,
    meanwhile,
    holdChange: begin.hold,
    holdCommit: commit.hold,
    holdPassword: hashing.hold,
    stored: () => readStored(attacked),
    [Symbol.asyncDispose]: async () => {
      if (isShared) await meanwhile[Symbol.asyncDispose]()
      await attacked[Symbol.asyncDispose]()
    },
  }
}
