import type { InstanceId } from '../../domain/instance.ts'
import { fail, type Outcome } from '../../domain/problem.ts'
import type { Right } from '../../domain/rights.ts'
import type { Connection } from '../connectors/connector.ts'
import type { Connections } from '../instances/connections.ts'

const unsupported: Outcome<never> = fail({
  code: 'unsupported',
  message: 'This server does not support this.',
})

/**
 * Works on one part of an instance's connection. It is refused as unsupported where the server lacks the part, or the
 * function of it that the work wants.
 */
export function workOn(connections: Pick<Connections, 'use'>) {
  return <Name extends 'policy' | 'config' | 'users' | 'sessions', T>(
    instance: InstanceId,
    name: Name,
    right: Right,
    work: (part: NonNullable<Connection[Name]>) => Promise<Outcome<T>> | undefined,
  ): Promise<Outcome<T>> =>
    connections.use(
      instance,
      async (connection) => {
        const part = connection[name]
        return (part && (await work(part))) ?? unsupported
      },
      right,
    )
}
