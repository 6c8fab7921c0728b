import { z } from 'zod'
import { Instance, InstanceColour, InstanceId, InstanceState } from '../domain/instance.ts'
import { draftMaxLength, LockState, passphraseMinLength } from '../domain/lock.ts'
import { SessionPage, UserPage, UserQuery } from '../domain/page.ts'
import { Policy, PolicyReading } from '../domain/policy.ts'
import { Preview } from '../domain/preview.ts'
import { type Outcome, Problem } from '../domain/problem.ts'
import { Revision, WriteResult } from '../domain/reading.ts'
import { RevocationReport, RevocationTarget } from '../domain/revocation.ts'
import { SettingName, Settings, SettingsChange } from '../domain/settings.ts'
import { User } from '../domain/user.ts'

/** One channel: who may call it, what goes in, and what comes out when it succeeds. */
interface Channel<In extends z.ZodType = z.ZodType, Out extends z.ZodType = z.ZodType> {
  readonly access: 'public' | 'unlocked'
  readonly in: In
  readonly out: Out
}

function channel<In extends z.ZodType, Out extends z.ZodType>(definition: {
  readonly access?: 'public'
  readonly in: In
  readonly out: Out
}): Channel<In, Out> {
  return { access: 'unlocked', ...definition }
}

const none = z.undefined()
const done = z.undefined()

/** A new passphrase. Its length is the only rule (NIST SP 800-63B: no composition rules). */
const NewPassphrase = z.string().min(passphraseMinLength).max(1024)
const Passphrase = z.string().min(1).max(1024)

const Password = z.string().min(1).max(1024)
const Username = z.string().trim().min(1).max(200)
const ServerId = z.string().min(1).max(200)
const Reason = z.string().max(500)

/** What to revoke. Curfew's own session is kept unless asked for. */
const Revocation = z.strictObject({
  instance: InstanceId,
  what: RevocationTarget,
  ids: z.array(ServerId).min(1).max(10_000),
  reason: Reason.default(''),
  includeOwn: z.boolean().default(false),
})

export const UnlockResult = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('unlocked') }),
  z.object({ outcome: z.literal('wrong-passphrase'), retryInMs: z.number().nonnegative() }),
  z.object({ outcome: z.literal('too-soon'), retryInMs: z.number().positive() }),
])
export type UnlockResult = z.infer<typeof UnlockResult>

/** Something the app has to tell once, for example that a settings file was unreadable. */
export const Notice = z.object({ id: z.string(), title: z.string(), detail: z.string() })
export type Notice = z.infer<typeof Notice>

export const AppInfo = z.object({
  version: z.string(),
  platform: z.enum(['darwin', 'win32', 'linux']),
  theme: Settings.shape.theme,
  notices: z.array(Notice),
})
export type AppInfo = z.infer<typeof AppInfo>

/** The settings in force, and what the organisation has laid down about them. */
export const SettingsReading = z.object({
  settings: Settings,
  /** Set by the organisation: they can't be changed here. */
  fixed: z.array(SettingName),
  /** The most minutes until the lock that may be chosen. */
  mostAutoLockMinutes: z.int(),
})
export type SettingsReading = Readonly<z.infer<typeof SettingsReading>>

export const PassphraseChange = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('changed') }),
  UnlockResult.options[1],
  UnlockResult.options[2],
])
export type PassphraseChange = z.infer<typeof PassphraseChange>

/** What of the window's is kept over a lock, some of it once an instance. */
export const DraftKey = z.strictObject({
  what: z.enum(['place', 'add-instance', 'security', 'revocation']),
  instance: InstanceId.optional(),
})
export type DraftKey = z.infer<typeof DraftKey>

/** A new instance as the *Add an instance* form sends it. */
export const NewInstance = z.strictObject({
  ...Instance.pick({ name: true, environment: true }).shape,
  colour: InstanceColour,
  baseUrl: z.string().max(2000),
  username: Username,
  password: Password,
})
export type NewInstance = z.infer<typeof NewInstance>

/**
 * Every channel from the window to main. `access: 'public'` marks the few that work while the app is locked; a
 * test pins that list. A call answers `Outcome<out>`.
 */
export const contract = {
  'app.info': channel({ access: 'public', in: none, out: AppInfo }),
  'app.dismissNotice': channel({
    access: 'public',
    in: z.strictObject({ id: z.string().max(100) }),
    out: done,
  }),

  'lock.state': channel({ access: 'public', in: none, out: LockState }),
  'lock.setUp': channel({ access: 'public', in: z.strictObject({ passphrase: NewPassphrase }), out: done }),
  'lock.unlock': channel({
    access: 'public',
    in: z.strictObject({ passphrase: Passphrase }),
    out: UnlockResult,
  }),
  'lock.now': channel({ in: none, out: done }),
  'lock.changePassphrase': channel({
    in: z.strictObject({ current: Passphrase, next: NewPassphrase }),
    out: PassphraseChange,
  }),
  /** Public for whoever forgot the passphrase. What it asks for can't be sent by accident. */
  'lock.forgetEverything': channel({
    access: 'public',
    in: z.strictObject({ confirmed: z.literal('forget everything') }),
    out: done,
  }),
  /** Input happened in the window. Sent by the preload itself, at most once a second. */
  'lock.activity': channel({ in: none, out: done }),

  'settings.read': channel({ in: none, out: SettingsReading }),
  'settings.write': channel({ in: SettingsChange, out: SettingsReading }),

  /** What is typed and not saved: sealed in memory, handed back after unlocking. Each draft is handed back once. */
  'drafts.keep': channel({
    in: z.strictObject({ key: DraftKey, text: z.string().max(draftMaxLength) }),
    out: done,
  }),
  'drafts.take': channel({
    in: z.strictObject({ keys: z.array(DraftKey).max(500) }),
    /** One for each key; `null` where there is none. */
    out: z.array(z.string().nullable()),
  }),
  'drafts.drop': channel({ in: z.strictObject({ key: DraftKey }), out: done }),

  /** Copies; the lock clears the clipboard if nothing else was copied by then. */
  'clipboard.copy': channel({ in: z.strictObject({ text: z.string().min(1).max(10_000) }), out: done }),

  'instances.list': channel({ in: none, out: z.array(InstanceState) }),
  'instances.startBuiltIn': channel({ in: none, out: InstanceId }),
  'instances.add': channel({ in: NewInstance, out: InstanceId }),
  'instances.remove': channel({ in: z.strictObject({ instance: InstanceId }), out: done }),
  /** Connects again with the stored password, or with the one typed, which is stored if it works. */
  'instances.signIn': channel({
    in: z.strictObject({ instance: InstanceId, password: Password.optional() }),
    out: done,
  }),

  'policy.read': channel({ in: z.strictObject({ instance: InstanceId }), out: PolicyReading }),
  'policy.preview': channel({
    in: z.strictObject({ instance: InstanceId, basis: Revision, change: Policy }),
    out: Preview,
  }),
  'policy.write': channel({
    in: z.strictObject({ instance: InstanceId, basis: Revision, change: Policy }),
    out: WriteResult(PolicyReading),
  }),

  'users.list': channel({ in: z.strictObject({ instance: InstanceId, query: UserQuery }), out: UserPage }),
  'users.read': channel({ in: z.strictObject({ instance: InstanceId, user: ServerId }), out: User }),
  'users.sessions': channel({
    in: z.strictObject({ instance: InstanceId, user: ServerId }),
    out: SessionPage,
  }),
  'sessions.revoke': channel({ in: Revocation, out: RevocationReport }),
} as const satisfies Record<string, Channel>

export type Contract = typeof contract
export type ChannelName = keyof Contract
/** What a handler gets: the parsed input, defaults filled in. */
export type ChannelInput<C extends ChannelName> = z.output<Contract[C]['in']>
/** What a caller gives. */
export type ChannelArgument<C extends ChannelName> = z.input<Contract[C]['in']>
export type ChannelOutput<C extends ChannelName> = z.output<Contract[C]['out']>

/** What main tells the window unasked: always whole states, never commands. */
export const events = {
  'lock.state': LockState,
  'instances.list': z.array(InstanceState),
} as const satisfies Record<string, z.ZodType>

export type EventName = keyof typeof events
export type EventPayload<E extends EventName> = z.output<(typeof events)[E]>

/** The failure half of what every channel answers. */
export const Failure = z.object({ ok: z.literal(false), problem: Problem })

type Group<Name extends string> = Name extends `${infer G}.${string}` ? G : never

/** A channel's function: takes an argument only where the channel does, and never rejects for what may happen. */
type ChannelFunction<C extends ChannelName> =
  undefined extends ChannelArgument<C>
    ? () => Promise<Outcome<ChannelOutput<C>>>
    : (argument: ChannelArgument<C>) => Promise<Outcome<ChannelOutput<C>>>

/** `window.curfew`: all that the page can reach. `lock.activity` is the preload's own. */
export type CurfewApi = {
  readonly [G in Group<ChannelName>]: {
    readonly [C in Exclude<ChannelName, 'lock.activity'> as C extends `${G}.${infer Name}`
      ? Name
      : never]: ChannelFunction<C>
  }
} & {
  /** Each takes a listener and returns the function that ends the subscription. */
  readonly on: {
    readonly [E in EventName]: (listener: (state: EventPayload<E>) => void) => () => void
  }
}
