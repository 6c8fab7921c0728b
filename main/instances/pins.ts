import type { Instance, InstanceId } from '../../domain/instance.ts'
import { fail, type Outcome, type Problem, succeed } from '../../domain/problem.ts'
import type { Confirm } from '../confirm.ts'
import type { Certificates } from '../connectors/http/certificates.ts'
import { type Step, whileUnlocked } from '../while-unlocked.ts'
import type { Connections } from './connections.ts'
import type { Hosts } from './hosts.ts'
import type { createKeeper } from './keeper.ts'
import type { Registry } from './registry.ts'

export interface PinsPorts {
  readonly registry: Pick<Registry, 'get'>
  readonly certificates: Pick<Certificates, 'shownAt'>
  readonly confirm: Confirm
  readonly hosts: Pick<Hosts, 'confirm'>
  readonly connections: Pick<Connections, 'reconnect'>
  readonly connectAndKeep: ReturnType<typeof createKeeper>['connectAndKeep']
  /** The unlocked period that now is. */
  readonly period: () => AbortSignal
}

/** What an instance is held to, chosen by the person outside the window. */
export interface Pins {
  /** The key that a server shows now, once the person has looked at its fingerprint and said yes. */
  choose(
    baseUrl: string,
    begun: AbortSignal,
    step: Step,
  ): Promise<Outcome<{ readonly pin?: NonNullable<Instance['pin']> }>>
  /**
   * Holds an instance to the key that its server shows now, or to none any more, and signs in with the password that was
   * just typed, since the stored one is for what was before. Where that fails everything stays as it was.
   */
  change(id: InstanceId, password: string, pinned: boolean): Promise<Outcome<undefined>>
}

export function createPins(ports: PinsPorts): Pins {
  const { registry, certificates, confirm, hosts, connections } = ports

  const choose: Pins['choose'] = async (baseUrl, begun, step) => {
    const { origin, protocol } = new URL(baseUrl)
    if (protocol !== 'https:') return fail(notSecure)
    const shown = await step(certificates.shownAt(origin, begun))
    if (!shown.ok) return shown
    const isConfirmed = await step(confirm(pinQuestion(origin, shown.value), begun))
    return isConfirmed ? succeed({ pin: shown.value }) : fail(notConfirmed)
  }

  return {
    choose,
    change(id, password, pinned) {
      const begun = ports.period()
      return whileUnlocked(begun, async (step) => {
        const instance = registry.get(id)
        if (!instance) return fail(noSuchInstance)
        const { pin: before, ...rest } = instance
        if (!pinned && before === undefined) return succeed(undefined)
        const host = await step(hosts.confirm(instance.baseUrl, begun))
        if (!host.ok) return host
        if (!pinned && !(await step(confirm(removalQuestion(instance), begun)))) return fail(notConfirmed)
        const chosen = pinned ? await choose(instance.baseUrl, begun, step) : succeed({})
        if (!chosen.ok) return chosen
        const kept = await ports.connectAndKeep({ ...rest, ...chosen.value }, password, begun, step)
        if (kept.ok) return succeed(undefined)
        // The attempt has taken the place of the connection that there was.
        void connections.reconnect(id)
        return kept
      })
    },
  }
}

const pinQuestion = (origin: string, pin: string) => ({
  message: `Pin the certificate of ${origin}?`,
  detail: [
    `The fingerprint of its key (SHA-256 in base64) is\n${pin}`,
    'Compare it with what whoever runs the server tells you on another way. From then on Curfew sends nothing there unless the server shows this key. A renewed certificate may keep its key; a new key has to be pinned again, in Settings.',
  ].join('\n\n'),
  yes: 'Pin',
})

const removalQuestion = ({ name, baseUrl, pin }: Instance) => ({
  message: `Take the pin off “${name}”?`,
  detail: [
    `From then on Curfew takes any certificate for ${new URL(baseUrl).origin} that this computer trusts.`,
    `Pinned is ${pin}.`,
  ].join('\n\n'),
  yes: 'Take it off',
})

const notSecure: Problem = {
  code: 'invalid',
  message: 'Only a server at an https address shows a certificate that can be pinned.',
  errors: [
    {
      field: 'baseUrl',
      code: 'invalid',
      message: 'Only an https address has a certificate that can be pinned.',
    },
  ],
}

const notConfirmed: Problem = {
  code: 'refused',
  message: 'This was not confirmed. Everything is as it was, and no password was sent.',
}

const noSuchInstance: Problem = {
  code: 'no-such-instance',
  message: 'This instance is no longer in the list.',
}
