import { nameKey } from '../../domain/names.ts'
import type { SessionKind } from '../../domain/session.ts'
import type { Permission, Role } from '../../domain/user.ts'
import type { Clock } from '../clock.ts'
import type { Database } from '../database/database.ts'
import type { Passwords } from '../passwords.ts'
import { nameColumns } from '../store/name-columns.ts'
import { familyNames, givenNames } from './people.ts'
import { createRandom } from './random.ts'

type Random = ReturnType<typeof createRandom>

interface Invented {
  readonly username: string
  readonly displayName: string
  readonly role: Role
  readonly permissions: readonly Permission[]
}

/** Accounts to try each right with. The Owner exists already. */
const known: readonly Invented[] = [
  { username: 'admin', displayName: 'Amira Haddad', role: 'admin', permissions: [] },
  { username: 'helpdesk', displayName: 'Henrik Dahl', role: 'member', permissions: ['UserEdit'] },
  { username: 'viewer', displayName: 'Violeta Ramos', role: 'member', permissions: ['UserView'] },
  { username: 'member', displayName: 'Maya Brandt', role: 'member', permissions: [] },
]

/** The names of these accounts. */
export const demoAccounts: readonly string[] = known.map(({ username }) => username)

const peopleInAll = 250
const sessionsInAll = 600

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

const browsers = [
  'Chrome on Windows',
  'Edge on Windows',
  'Firefox on Windows',
  'Chrome on macOS',
  'Safari on macOS',
  'Firefox on Linux',
  'Chromium on Linux',
  'Safari on iPhone',
  'Chrome on Android',
  'Safari on iPad',
]
const tokenNames = ['build pipeline', 'nightly report', 'terraform', 'curl', 'inventory sync', 'release bot']
const clusterNames = ['kubectl on build-01', 'kubectl on laptop', 'dashboard', 'kubectl on jump host']

/** A bit of a name as it stands in a username. */
const plain = (name: string) =>
  name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/ß/g, 'ss')
    .replace(/ø/gi, 'o')
    .replace(/ł/gi, 'l')
    .replace(/[^a-z]/gi, '')
    .toLowerCase()

interface Person extends Invented {
  readonly id: string
}

/** Everybody but the Owner, each with a name of their own. */
function inventPeople(random: Random, owner: string): readonly Person[] {
  const taken = new Set<string>([nameKey(owner), ...known.map(({ username }) => username)])
  const people: Person[] = known.map((person) => ({
    ...person,
    id: random.id(),
  }))
  while (people.length < peopleInAll - 1) {
    const given = random.pick(givenNames)
    const family = random.pick(familyNames)
    const username = `${plain(given)}.${plain(family)}`
    if (taken.has(username)) continue
    taken.add(username)
    const chance = random.number()
    people.push({
      id: random.id(),
      username,
      displayName: `${given} ${family}`,
      role: chance < 0.02 ? 'admin' : 'member',
      permissions: chance > 0.97 ? ['UserEdit'] : chance > 0.93 ? ['UserView'] : [],
    })
  }
  return people
}

/** A running session that began and was last used some time before now. */
function inventSession(random: Random, now: number, userId: string, kind: SessionKind, remembered: boolean) {
  const privateAddress = () => `10.${random.below(4) + 20}.${random.below(250)}.${random.below(250) + 2}`
  // The documentation ranges of RFC 5737: nobody's address.
  const publicAddress = () =>
    `${random.pick(['192.0.2', '198.51.100', '203.0.113'])}.${random.below(250) + 2}`
  const common = {
    id: random.id(),
    token_hash: null,
    user_id: userId,
    kind,
    confirmed_at: null,
    scopes: kind === 'token' ? 'read' : '',
    parent_id: null,
    ended_at: null,
    end_reason: null,
  }
  if (kind !== 'web') {
    const created = now - Math.floor(random.number() * 56 * minute)
    return {
      ...common,
      created_at: created,
      last_activity_at: Math.min(now, created + random.below(20 * minute)),
      remembered: 0 as const,
      client: random.pick(kind === 'token' ? tokenNames : clusterNames),
      address: privateAddress(),
    }
  }
  const idle = remembered
    ? Math.floor(random.number() ** 3 * 9 * day)
    : Math.floor(random.number() ** 1.6 * 19 * minute)
  const length = remembered
    ? Math.floor(random.number() * 9 * day) + hour
    : Math.floor(random.number() ** 2 * 9 * hour) + minute
  return {
    ...common,
    created_at: now - idle - length,
    last_activity_at: now - idle,
    remembered: remembered ? (1 as const) : (0 as const),
    client: random.pick(browsers),
    address: random.number() < 0.7 ? privateAddress() : publicAddress(),
  }
}

/** Sessions of most people, more of some than of others. */
function inventSessions(random: Random, now: number, people: readonly Person[]) {
  // A tenth are not signed in at all; one leaver is disabled.
  const signedIn = people.filter((_, index) => index < 5 || index % 10 !== 9)
  return Array.from({ length: sessionsInAll }, (_, index) => {
    const person = index < signedIn.length ? signedIn[index] : random.pick(signedIn)
    const kind =
      index < signedIn.length || random.number() < 0.72
        ? 'web'
        : random.number() < 0.65
          ? 'token'
          : 'kubernetes'
    return inventSession(random, now, person?.id ?? '', kind, kind === 'web' && random.number() < 0.35)
  })
}

/**
 * Fills a new organisation with 250 people and 600 running sessions, the same ones each time, seen from now.
 *
 * Their last activity is spread so that there is something to see in every list, filter and preview.
 *
 * @param password everybody's, for this demo alone
 */
export async function fillWithPeople({
  database,
  clock,
  passwords,
  owner,
  password,
}: {
  readonly database: Database
  readonly clock: Clock
  readonly passwords: Passwords
  /** Whose name nobody else may have. */
  readonly owner: string
  readonly password: string
}): Promise<void> {
  const random = createRandom(250_600)
  const hash = await passwords.hash(password)
  const now = clock()
  const people = inventPeople(random, owner)
  const sessions = inventSessions(random, now, people)
  const lastActivity = new Map<string, number>()
  for (const { user_id, last_activity_at } of sessions)
    lastActivity.set(user_id, Math.max(last_activity_at, lastActivity.get(user_id) ?? 0))

  await database.write(async (transaction) => {
    for (const [index, { id, username, displayName, role, permissions }] of people.entries()) {
      const email = `${username}@example.com`
      const everSignedIn = lastActivity.has(id)
      await transaction
        .insertInto('users')
        .values({
          id,
          username,
          display_name: displayName,
          email,
          role,
          permissions: JSON.stringify(permissions),
          disabled: !everSignedIn && index % 20 === 19 ? 1 : 0,
          password: hash,
          ...nameColumns({ username, displayName, email }),
          created_at: now - 400 * day + index * day,
          last_activity_at: lastActivity.get(id) ?? (index % 20 === 9 ? now - (20 + index) * day : null),
        })
        .execute()
    }
    for (const session of sessions) await transaction.insertInto('sessions').values(session).execute()
  })
}
