import type { InstanceId } from '../../domain/instance.ts'
import { draftMaxLength } from '../../domain/lock.ts'
import { type DraftKey, draftName } from '../../preload/contract/drafts.ts'
import { useNavigation } from './navigation.ts'
import { usePolicyEditors } from './policy-editor.ts'

/** What main may have: the rest need not be dropped. */
const kept = new Set<string>()
let endKeeping: (() => void) | undefined

/**
 * Keeps what is typed and not saved, over a lock: main holds it sealed. Every change goes at once, since the lock waits
 * for nobody.
 *
 * @param value what can be written as JSON, and is not longer than a draft may be; `undefined` forgets the draft
 */
export function keepDraft(key: DraftKey, value: unknown): void {
  if (!endKeeping) return
  const name = draftName(key)
  if (value === undefined) {
    if (kept.delete(name)) void window.curfew.drafts.drop({ key })
    return
  }
  const text = JSON.stringify(value)
  if (text.length > draftMaxLength) return
  kept.add(name)
  void window.curfew.drafts.keep({ key, text })
}

/** Asks main for what was kept; the answer is by `what` and instance, as it was given. */
export async function takeDrafts(instances: readonly InstanceId[]) {
  const all: readonly DraftKey[] = [
    { what: 'place' },
    { what: 'add-instance' },
    ...instances.flatMap((instance): DraftKey[] => [
      { what: 'security', instance },
      { what: 'revocation', instance },
    ]),
  ]
  const keys = all.slice(0, 500)
  const taken = await window.curfew.drafts.take({ keys: [...keys] })
  const texts = new Map(taken.ok ? keys.map((key, at) => [draftName(key), taken.value[at]] as const) : [])
  return (key: DraftKey): unknown => {
    const text = texts.get(draftName(key))
    return typeof text === 'string' ? JSON.parse(text) : undefined
  }
}

/** From now on drafts are kept: where the admin is, and every Security form. Others call `keepDraft` themselves. */
export function beginKeeping(): void {
  endKeeping?.()
  const endPlace = useNavigation.subscribe((place) => keepDraft({ what: 'place' }, place))
  const endForms = usePolicyEditors.subscribe(({ editors }, before) => {
    for (const instance of new Set([...Object.keys(editors), ...Object.keys(before.editors)])) {
      const draft = editors[instance]?.draft
      if (draft !== before.editors[instance]?.draft) keepDraft({ what: 'security', instance }, draft)
    }
  })
  endKeeping = () => {
    endPlace()
    endForms()
  }
  // What was handed back a moment ago would be lost by the next lock.
  keepDraft({ what: 'place' }, useNavigation.getState())
  for (const [instance, { draft }] of Object.entries(usePolicyEditors.getState().editors))
    if (draft) keepDraft({ what: 'security', instance }, draft)
}

/** The page forgets: what main has kept stays there. */
export function stopKeeping(): void {
  endKeeping?.()
  endKeeping = undefined
  kept.clear()
}
