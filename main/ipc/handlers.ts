import type { InstanceId } from '../../domain/instance.ts'
import { fail, type Outcome, succeed } from '../../domain/problem.ts'
import type { Right } from '../../domain/rights.ts'
import type { AppInfo, DraftKey, Notice } from '../../preload/contract.ts'
import type { Connection } from '../connectors/connector.ts'
import type { Connections } from '../instances/connections.ts'
import type { Instances } from '../instances/instances.ts'
import type { AppSettings } from '../settings/app-settings.ts'
import type { Vault } from '../vault/vault.ts'
import type { Handlers } from './door.ts'

/** What the handlers act on: the app's parts, as the composition root built them. */
export interface HandlerParts {
  readonly vault: Vault
  readonly instances: Instances
  readonly connections: Connections
  readonly settings: AppSettings
  readonly info: Pick<AppInfo, 'version' | 'platform'>
  readonly notices: { list(): readonly Notice[]; dismiss(id: string): void }
  /** The settings in force may be others now. */
  readonly onSettings: () => void
  /** Input in the window. */
  readonly onActivity: () => void
}

/** What every channel does. Nothing here decides: it picks the part and passes the parsed input on. */
export function createHandlers(parts: HandlerParts): Handlers {
  const { vault, instances, connections, settings, notices } = parts
  const on = workOn(connections)

  return {
    'app.info': () => succeed({ ...parts.info, theme: settings.value.theme, notices: [...notices.list()] }),
    'app.dismissNotice': ({ id }) => {
      notices.dismiss(id)
      return succeed(undefined)
    },

    'lock.state': async () => succeed(await vault.state()),
    'lock.setUp': ({ passphrase }) => vault.setUp(passphrase),
    'lock.unlock': ({ passphrase }) => vault.unlock(passphrase),
    'lock.now': () => {
      vault.lock('manual')
      return succeed(undefined)
    },
    'lock.activity': () => {
      parts.onActivity()
      return succeed(undefined)
    },

    'lock.changePassphrase': ({ current, next }) => vault.changePassphrase(current, next),
    'lock.forgetEverything': () => vault.forgetEverything(),

    'settings.read': () => succeed(settings.reading()),
    'settings.write': async (change) => {
      const changed = await settings.change(change)
      if (changed.ok) parts.onSettings()
      return changed
    },

    'drafts.keep': ({ key, text }) => {
      vault.drafts.keep(draftName(key), text)
      return succeed(undefined)
    },
    'drafts.take': ({ keys }) => succeed(keys.map((key) => vault.drafts.take(draftName(key)) ?? null)),
    'drafts.drop': ({ key }) => {
      vault.drafts.drop(draftName(key))
      return succeed(undefined)
    },

    'clipboard.copy': async ({ text }) => {
      await vault.copy(text)
      return succeed(undefined)
    },

    'instances.list': () => succeed([...connections.states()]),
    'instances.startBuiltIn': () => instances.startBuiltIn(),
    'instances.add': (instance) => instances.add(instance),
    'instances.remove': ({ instance }) => instances.remove(instance),
    'instances.signIn': ({ instance, password }) => instances.signIn(instance, password),

    'policy.read': ({ instance }) => on(instance, 'policy', 'policy.read', (policy) => policy.read()),
    'policy.preview': ({ instance, basis, change }) =>
      on(instance, 'policy', 'policy.read', (policy) => policy.preview?.(change, basis)),
    'policy.write': ({ instance, basis, change }) =>
      on(instance, 'policy', 'policy.write', (policy) => policy.write(change, basis)),

    'users.list': ({ instance, query }) => on(instance, 'users', 'users.view', (users) => users.list(query)),
    'users.read': ({ instance, user }) => on(instance, 'users', 'users.view', (users) => users.read(user)),
    'users.sessions': ({ instance, user }) =>
      on(instance, 'sessions', 'users.view', (sessions) => sessions.ofUser?.(user)),
    'sessions.revoke': ({ instance, what, ids, ...options }) =>
      on(instance, 'sessions', 'sessions.revoke', (sessions) => sessions.revoke[what]?.(ids, options)),
  }
}

const draftName = ({ what, instance = '' }: DraftKey) => `${what} ${instance}`

const unsupported: Outcome<never> = fail({
  code: 'unsupported',
  message: 'This server does not support this.',
})

/**
 * Works on one part of an instance's connection. It is refused as unsupported where the server lacks the part, or the
 * function of it that the work wants.
 */
function workOn(connections: Connections) {
  return <Name extends 'policy' | 'users' | 'sessions', T>(
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
