import { z } from 'zod'
import type { InstanceId } from '../../../domain/instance.ts'
import { type Policy, PolicyReading, policyDifference, policyOf } from '../../../domain/policy.ts'
import type { Problem } from '../../../domain/problem.ts'
import { main } from '../../state/calls.ts'
import { keys } from '../../state/keys.ts'
import { pageStore } from '../../state/page-store.ts'
import { queryClient } from '../../state/query-client.ts'
import { PolicyForm } from './policy-form.ts'

/** What is being typed, and the reading it was begun on. */
const PolicyDraft = z.object({ form: PolicyForm, basis: PolicyReading })
type PolicyDraft = Readonly<z.infer<typeof PolicyDraft>>

/** A save that can still be undone. */
export interface SavedPolicy {
  readonly before: PolicyReading
  readonly after: PolicyReading
  readonly at: number
  readonly undo: boolean
  /** Its answer was lost, and what is stored was read again to know. */
  readonly readAgain?: true
}

export interface PolicyEditor {
  readonly draft?: PolicyDraft
  readonly saving: boolean
  readonly problem?: Problem
  /** The last attempt wrote nothing, because somebody else had changed the policy meanwhile. */
  readonly overtaken?: true
  readonly saved?: SavedPolicy
  /** The draft is from before a lock, and nothing has been done to it since. */
  readonly restored?: true
}

const idle: PolicyEditor = { saving: false }

interface PolicyEditors {
  readonly editors: Readonly<Record<InstanceId, PolicyEditor>>
}

/** The Security form of every instance: what was typed survives a look at another screen or instance. */
export const usePolicyEditors = pageStore<PolicyEditors, PolicyDraft>(
  { editors: {} },
  {
    draft: {
      what: 'security',
      perInstance: true,
      schema: PolicyDraft,
      kept: ({ editors }) => mapValues(editors, ({ draft }) => draft),
      restored: ({ editors }, draft, instance) => ({
        editors: { ...editors, [instance]: { saving: false, draft, restored: true } },
      }),
    },
  },
)

function mapValues<From, To>(
  record: Readonly<Record<string, From>>,
  to: (value: From) => To,
): Readonly<Record<string, To>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, to(value)]))
}

export function usePolicyEditor(instance: InstanceId): PolicyEditor {
  return usePolicyEditors(({ editors }) => editors[instance] ?? idle)
}

function update(instance: InstanceId, change: (editor: PolicyEditor) => PolicyEditor): void {
  usePolicyEditors.setState(({ editors }) => ({
    editors: { ...editors, [instance]: change(editors[instance] ?? idle) },
  }))
}

/** Takes over what was typed. What was said about the last attempt no longer holds. */
export function edit(instance: InstanceId, draft: PolicyDraft): void {
  update(instance, ({ saving }) => ({ saving, draft }))
}

export function discard(instance: InstanceId): void {
  update(instance, ({ saving }) => ({ saving }))
}

async function write(instance: InstanceId, change: Policy, on: PolicyReading, undo: boolean): Promise<void> {
  const draftBefore = usePolicyEditors.getState().editors[instance]?.draft
  update(instance, ({ problem: _, overtaken: __, ...editor }) => ({ ...editor, saving: true }))
  const outcome = await main().policy.write({ instance, basis: on.revision, change })
  if (!outcome.ok) {
    update(instance, (editor) => ({ ...editor, saving: false, problem: outcome.problem }))
    return
  }
  const { value } = outcome
  const { reading } = value
  queryClient.setQueryData(keys.policy(instance), reading)
  if (value.outcome === 'conflict') {
    update(instance, (editor) => ({ ...editor, saving: false, overtaken: true }))
    return
  }
  update(instance, ({ draft }) => ({
    saving: false,
    saved: {
      before: on,
      after: reading,
      at: Date.now(),
      undo,
      ...(value.readAgain && { readAgain: true }),
    },
    ...(draft && draft !== draftBefore ? { draft: { form: draft.form, basis: reading } } : {}),
  }))
  void queryClient.invalidateQueries({ queryKey: keys.sessions(instance) })
}

/** K4: *Update*. Sends only what differs, on the revision it was begun on. */
export async function save(instance: InstanceId, change: Policy, on: PolicyReading): Promise<void> {
  await write(instance, change, on, false)
}

/**
 * What is stored turned out to be what was typed: nothing is left to save. It was saved by the attempt whose answer was
 * lost, if there was one.
 */
export function acceptAsStored(instance: InstanceId, before: PolicyReading, after: PolicyReading): void {
  update(instance, ({ problem }) =>
    problem?.code === 'not-known'
      ? { saving: false, saved: { before, after, at: Date.now(), undo: false, readAgain: true } }
      : { saving: false },
  )
}

/** Writes back what was there before the last save. */
export async function undo(instance: InstanceId, { before, after }: SavedPolicy): Promise<void> {
  await write(instance, policyDifference(policyOf(after.fields), policyOf(before.fields)), after, true)
}
