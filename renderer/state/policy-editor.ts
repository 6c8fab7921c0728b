import { create } from 'zustand'
import type { InstanceId } from '../../domain/instance.ts'
import { type Policy, type PolicyReading, policyDifference, policyOf } from '../../domain/policy.ts'
import type { Problem } from '../../domain/problem.ts'
import type { PolicyForm } from '../screens/security/policy-form.ts'
import { queryClient } from './query-client.ts'

/** What is being typed, and the reading it was begun on. */
export interface PolicyDraft {
  readonly form: PolicyForm
  readonly basis: PolicyReading
}

/** A save that can still be undone. */
export interface SavedPolicy {
  readonly before: PolicyReading
  readonly after: PolicyReading
  readonly at: number
  readonly undo: boolean
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
export const usePolicyEditors = create<PolicyEditors>(() => ({ editors: {} }))

export function usePolicyEditor(instance: InstanceId): PolicyEditor {
  return usePolicyEditors(({ editors }) => editors[instance] ?? idle)
}

/** Where the last reading of an instance's policy is kept. */
export function policyKey(instance: InstanceId) {
  return [instance, 'policy'] as const
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

/** Puts back what had been typed before the app locked. */
export function restore(instance: InstanceId, draft: PolicyDraft): void {
  update(instance, () => ({ saving: false, draft, restored: true }))
}

export function discard(instance: InstanceId): void {
  update(instance, ({ saving }) => ({ saving }))
}

export function resetPolicyEditors(): void {
  usePolicyEditors.setState({ editors: {} }, true)
}

async function write(instance: InstanceId, change: Policy, on: PolicyReading, undo: boolean): Promise<void> {
  const draftBefore = usePolicyEditors.getState().editors[instance]?.draft
  update(instance, ({ problem: _, overtaken: __, ...editor }) => ({ ...editor, saving: true }))
  const outcome = await window.curfew.policy.write({ instance, basis: on.revision, change })
  if (!outcome.ok) {
    update(instance, (editor) => ({ ...editor, saving: false, problem: outcome.problem }))
    return
  }
  const { reading } = outcome.value
  queryClient.setQueryData(policyKey(instance), reading)
  if (outcome.value.outcome === 'conflict') {
    update(instance, (editor) => ({ ...editor, saving: false, overtaken: true }))
    return
  }
  update(instance, ({ draft }) => ({
    saving: false,
    saved: { before: on, after: reading, at: Date.now(), undo },
    ...(draft && draft !== draftBefore ? { draft: { form: draft.form, basis: reading } } : {}),
  }))
  void queryClient.invalidateQueries({ queryKey: [instance, 'sessions'] })
}

/** K4: *Update*. Sends only what differs, on the revision it was begun on. */
export async function save(instance: InstanceId, change: Policy, on: PolicyReading): Promise<void> {
  await write(instance, change, on, false)
}

/** Writes back what was there before the last save. */
export async function undo(instance: InstanceId, { before, after }: SavedPolicy): Promise<void> {
  await write(instance, policyDifference(policyOf(after.fields), policyOf(before.fields)), after, true)
}
