import { create } from 'zustand'
import type { InstanceId } from '../../domain/instance.ts'
import type { User } from '../../domain/user.ts'
import type { NewInstance } from '../../preload/contract/instances.ts'
import { beginKeeping, takeDrafts } from './drafts.ts'
import { type Navigation, useNavigation } from './navigation.ts'
import { type PolicyDraft, restore } from './policy-editor.ts'

/** *Add an instance* as it was typed, without the password. */
export type NewInstanceDraft = Omit<NewInstance, 'password'>

/** A revocation that was being prepared: of whom, and why. */
export interface RevocationDraft {
  readonly users: readonly User[]
  readonly reason: string
}

interface Restored {
  /** Whether main has been asked. */
  readonly ready: boolean
  readonly addInstance: NewInstanceDraft | undefined
  readonly revocations: Readonly<Record<InstanceId, RevocationDraft>>
}

const nothing: Restored = { ready: false, addInstance: undefined, revocations: {} }

/** What had been typed before the lock and waits for its screen. */
export const useRestored = create<Restored>(() => nothing)

let restoring: Promise<void> | undefined

/** After unlocking: puts back where the admin was and what was typed. Each draft is handed back once. */
export function restoreDrafts(instances: readonly InstanceId[]): Promise<void> {
  restoring ??= takeBack(instances)
  return restoring
}

async function takeBack(instances: readonly InstanceId[]): Promise<void> {
  const draftOf = await takeDrafts(instances)
  const place = draftOf({ what: 'place' }) as Navigation | undefined
  if (place) useNavigation.setState(place)
  const revocations: Record<InstanceId, RevocationDraft> = {}
  for (const instance of instances) {
    const form = draftOf({ what: 'security', instance }) as PolicyDraft | undefined
    if (form) restore(instance, form)
    const revocation = draftOf({ what: 'revocation', instance }) as RevocationDraft | undefined
    if (revocation) revocations[instance] = revocation
  }
  const addInstance = draftOf({ what: 'add-instance' }) as NewInstanceDraft | undefined
  useRestored.setState({ ready: true, addInstance, revocations })
  beginKeeping()
}

/** The screen has shown it, and it was sent or thrown away. */
export function forgetNewInstance(): void {
  useRestored.setState({ addInstance: undefined })
}

export function forgetRevocation(instance: InstanceId): void {
  useRestored.setState(({ revocations: { [instance]: _, ...revocations } }) => ({ revocations }))
}

export function resetRestored(): void {
  restoring = undefined
  useRestored.setState(nothing, true)
}
