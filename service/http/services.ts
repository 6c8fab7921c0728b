import type { Clock } from '../clock.ts'
import type { Database } from '../database/database.ts'
import type { CountMinting } from '../minting.ts'
import type { HashNewPassword } from '../new-password.ts'
import type { ChangeOwnPassword, ConfirmPassword } from '../own-password.ts'
import type { Passwords } from '../passwords.ts'
import type { SignIn } from '../sign-in.ts'
import type { Activity } from '../store/activity.ts'
import type { AuditWatch } from '../store/audit.ts'
import type { ConfigEntries } from '../store/config-entries.ts'
import type { Journal } from '../store/journal.ts'
import type { LimitsCache } from '../store/limits.ts'
import type { Policies } from '../store/policy.ts'
import type { createRunningCount } from '../store/preview.ts'
import type { Sessions } from '../store/sessions.ts'
import type { SigningKeys } from '../store/signing-keys.ts'
import type { Users } from '../store/users.ts'
import type { AuthorOf } from './author.ts'
import type { EventStream } from './event-stream.ts'
import type { Metrics } from './metrics.ts'

/** What this server calls itself. */
export interface Identity {
  readonly name: string
  readonly version: string
  readonly instanceId: string
  readonly timeScale: number
}

/**
 * What operations and pages are made of. There is nothing in it that changes anything without an author, or without the
 * proof of a password.
 */
export interface Services {
  readonly identity: Identity
  /** Proves to whoever gave this process its key that it is the one; `undefined` where nobody gave one. */
  readonly prove: (challenge: string) => string | undefined
  /** What this server can do, once it knows where it is reached. */
  readonly capabilities: () => readonly string[]
  readonly timeScale: number
  readonly clock: Clock
  readonly database: Pick<Database, 'read' | 'dialect'>
  readonly activity: Activity
  readonly limits: LimitsCache
  readonly policies: Policies
  readonly entries: ConfigEntries
  readonly signingKeys: Omit<SigningKeys, 'rotate'>
  /** What signed credentials name as their issuer; without one this server makes none. */
  readonly issuer: () => string | undefined
  readonly sessions: Sessions
  readonly countMinting: CountMinting
  readonly users: Users
  readonly authorOf: AuthorOf
  readonly passwords: Passwords
  readonly signIn: SignIn
  readonly confirmPassword: ConfirmPassword
  readonly changeOwnPassword: ChangeOwnPassword
  readonly hashNewPassword: HashNewPassword
  readonly events: EventStream
  readonly metrics: Metrics
  readonly countRunning: ReturnType<typeof createRunningCount>
  readonly audit: AuditWatch
  /** Whether the service is on its way out. */
  readonly isDraining: () => boolean
}

/** Everything that answers requests, built once in `create-service.ts`. */
export interface AllServices extends Services {
  readonly database: Database
  readonly journal: Journal
}

/** Keeps from operations and pages what they must not have. */
export function withoutJournal({ journal: _, database, ...services }: AllServices): Services {
  return {
    ...services,
    database: {
      dialect: database.dialect,
      get read() {
        return database.read
      },
    },
  }
}
