import { z } from 'zod'
import type { Seconds } from './duration.ts'

/** Whose sessions a rule is about. */
export type Bound = 'everyone' | 'remembered' | 'offline access' | 'one client' | 'tokens' | 'kubernetes'

/** The parts of the Security form, in its order. */
export const policySections = {
  timeout: 'Session timeout',
  remember: 'Remember me',
  offline: 'Offline access',
  client: 'Each client',
  tokens: 'Tokens',
  kubernetes: 'Kubernetes',
} as const
export type PolicySection = keyof typeof policySections

interface FieldWords<Id extends string> {
  readonly id: Id
  /** What the rule is called, where the server has no name of its own for it. */
  readonly label: string
  readonly binds: Bound
  readonly section: PolicySection
  /** Under its control: what it does. */
  readonly help: string
  /** It counts only while that one is on, and is out of sight while it is off. */
  readonly dependsOn?: Id
  /** Its absence on a server is said; that of the others goes without saying. */
  readonly expected?: true
}

/** A rule that is on or off. */
interface SwitchField<Id extends string = FieldId> extends FieldWords<Id> {
  readonly kind: 'switch'
  /** What its control says; the label where left out. */
  readonly control?: string
}

/** A length of time. */
export interface LimitField<Id extends string = FieldId> extends FieldWords<Id> {
  readonly kind: 'limit'
  /** From the last activity, or from the sign-in. */
  readonly measures: 'inactivity' | 'absolute'
  /** How it is said in a sentence: "the timeout limit must be at least 1 minute". */
  readonly noun: string
  /** What the length is called beside the switch of a limit that can be off; the label where left out. */
  readonly length?: string
  /** Lengths offered by name; any other is *Custom*. */
  readonly offered?: readonly Seconds[]
}

/** One rule that a server may have. */
export type PolicyField<Id extends string = FieldId> = SwitchField<Id> | LimitField<Id>

/**
 * Every rule that Curfew knows, in the order of the form. Form, check, comparison, change and connectors fold over this
 * table: a new rule is one row here and one in the connector of each server that has it.
 */
const table = [
  {
    id: 'inactivity',
    kind: 'limit',
    label: 'Automatically sign out inactive users',
    length: 'Timeout limit',
    noun: 'the timeout limit',
    measures: 'inactivity',
    binds: 'everyone',
    section: 'timeout',
    help: 'Whoever does nothing for the limit is signed out, and the next page they open is the sign-in page.',
    // K3.
    offered: [3_600, 10_800, 21_600, 43_200, 86_400],
    expected: true,
  },
  {
    id: 'inactivity-binds-remembered',
    kind: 'switch',
    label: 'Also sign out remembered sessions that are inactive',
    binds: 'remembered',
    section: 'timeout',
    help: 'Off: whoever chose “Remember me” stays signed in while inactive, up to the maximum below.',
    dependsOn: 'inactivity',
    expected: true,
  },
  {
    id: 'remember-me',
    kind: 'switch',
    label: 'Remember me',
    control: 'Let people stay signed in with “Remember me”',
    binds: 'remembered',
    section: 'remember',
    help: 'Off: the sign-in page does not offer it.',
    expected: true,
  },
  {
    id: 'inactivity-remembered',
    kind: 'limit',
    label: 'Timeout limit of remembered sessions',
    noun: 'the timeout limit of remembered sessions',
    measures: 'inactivity',
    binds: 'remembered',
    section: 'remember',
    help: 'Whoever chose “Remember me” is signed out after this time without activity.',
    dependsOn: 'remember-me',
  },
  {
    id: 'maximum-remembered',
    kind: 'limit',
    label: 'Maximum duration of remembered sessions',
    noun: 'the maximum duration of remembered sessions',
    measures: 'absolute',
    binds: 'remembered',
    section: 'remember',
    help: 'The longest whoever chose “Remember me” stays signed in.',
    dependsOn: 'remember-me',
  },
  {
    id: 'maximum',
    kind: 'limit',
    label: 'Maximum Session Duration',
    noun: 'the maximum session duration',
    measures: 'absolute',
    binds: 'everyone',
    section: 'remember',
    help: 'The longest anyone stays signed in, remembered or not.',
    expected: true,
  },
  {
    id: 'inactivity-offline',
    kind: 'limit',
    label: 'Timeout limit of offline access',
    noun: 'the timeout limit of offline access',
    measures: 'inactivity',
    binds: 'offline access',
    section: 'offline',
    help: 'A program that was given offline access loses it after this time without using it.',
  },
  {
    id: 'maximum-offline',
    kind: 'limit',
    label: 'End offline access after a time',
    length: 'Maximum duration of offline access',
    noun: 'the maximum duration of offline access',
    measures: 'absolute',
    binds: 'offline access',
    section: 'offline',
    help: 'The longest a program keeps offline access, however often it uses it.',
  },
  {
    id: 'inactivity-client',
    kind: 'limit',
    label: 'Timeout limit of one client',
    noun: 'the timeout limit of one client',
    measures: 'inactivity',
    binds: 'one client',
    section: 'client',
    help: 'After this time without activity in one client, that client asks for a new sign-in.',
  },
  {
    id: 'maximum-client',
    kind: 'limit',
    label: 'Maximum duration of one client',
    noun: 'the maximum duration of one client',
    measures: 'absolute',
    binds: 'one client',
    section: 'client',
    help: 'The longest one client goes on without a new sign-in.',
  },
  {
    id: 'inactivity-client-offline',
    kind: 'limit',
    label: 'Timeout limit of one client’s offline access',
    noun: 'the timeout limit of one client’s offline access',
    measures: 'inactivity',
    binds: 'one client',
    section: 'client',
    help: 'One client loses the offline access it was given after this time without using it.',
  },
  {
    id: 'maximum-client-offline',
    kind: 'limit',
    label: 'Maximum duration of one client’s offline access',
    noun: 'the maximum duration of one client’s offline access',
    measures: 'absolute',
    binds: 'one client',
    section: 'client',
    help: 'The longest one client keeps offline access, however often it uses it.',
  },
  {
    id: 'access-token',
    kind: 'limit',
    label: 'Access token life',
    noun: 'the access token life',
    measures: 'absolute',
    binds: 'tokens',
    section: 'tokens',
    help: 'Who only checks its signature accepts an access token this long, also after a revocation.',
  },
  {
    id: 'authorization-token',
    kind: 'limit',
    label: 'Authorization token session duration',
    noun: 'the authorization token session duration',
    measures: 'absolute',
    binds: 'tokens',
    section: 'tokens',
    help: 'After this time an authorization token no longer works and its holder must sign in again.',
  },
  {
    id: 'kubernetes',
    kind: 'limit',
    label: 'Maximum K8s Session Duration',
    noun: 'the maximum K8s session duration',
    measures: 'absolute',
    binds: 'kubernetes',
    section: 'kubernetes',
    help: 'After this time a Kubernetes session (kubectl shell or dashboard) must be re-authenticated.',
  },
] as const satisfies readonly PolicyField<string>[]

export type FieldId = (typeof table)[number]['id']
export const FieldId = z.enum(table.map(({ id }) => id))

export const policyFields: readonly PolicyField[] = table
