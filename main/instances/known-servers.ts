import type { Instance } from '../../domain/instance.ts'
import { nameKey } from '../../domain/names.ts'
import { type Outcome, succeed } from '../../domain/problem.ts'
import type { ServerInfo } from '../connectors/connector.ts'

/** What of an instance tells whether it is the one that is being added. */
interface Sought {
  readonly baseUrl: string
  readonly username: string
  readonly serverId?: string | undefined
}

/** The instance that already is this server with this account, at whatever address. */
export function findTwin(instances: readonly Instance[], sought: Sought): Instance | undefined {
  return instances.find(
    ({ baseUrl, username, serverId }) =>
      nameKey(username) === nameKey(sought.username) &&
      (baseUrl === sought.baseUrl || (serverId !== undefined && serverId === sought.serverId)),
  )
}

/** The most parts of a path that are taken off. */
const mostParents = 8

/**
 * Looks for the server that a pasted address belongs to: there, or at one of the folders above, since people paste the
 * page they are on. Nothing secret is sent.
 *
 * @param probe asks whether the product answers at an address
 */
export async function findServer(
  typed: string,
  probe: (baseUrl: string) => Promise<Outcome<ServerInfo>>,
): Promise<Outcome<{ readonly baseUrl: string; readonly server: ServerInfo }>> {
  let baseUrl = typed
  const first = await probe(baseUrl)
  let answer = first
  for (let tried = 0; tried < mostParents; tried += 1) {
    if (answer.ok) return succeed({ baseUrl, server: answer.value })
    const { origin, pathname } = new URL(baseUrl)
    if (answer.problem.code !== 'not-this-product' || pathname === '/') break
    baseUrl = `${origin}${pathname.replace(/\/[^/]*$/, '')}`
    answer = await probe(baseUrl)
  }
  return answer.ok ? succeed({ baseUrl, server: answer.value }) : first.ok ? answer : first
}
