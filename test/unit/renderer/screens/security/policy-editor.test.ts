import { afterEach, describe, expect, test, vi } from 'vitest'
import { type Policy, policyOf } from '../../../../../domain/policy.ts'
import { fail, type Outcome, succeed } from '../../../../../domain/problem.ts'
import { defaultPolicy, servedFields } from '../../../../../domain/service-policy.ts'
import {
  acceptAsStored,
  discard,
  edit,
  save,
  undo,
  usePolicyEditors,
} from '../../../../../renderer/screens/security/policy-editor.ts'
import { formOf } from '../../../../../renderer/screens/security/policy-form.ts'
import { keys } from '../../../../../renderer/state/keys.ts'
import { resetPageStores } from '../../../../../renderer/state/page-store.ts'
import { queryClient } from '../../../../../renderer/state/query-client.ts'
import { readingOf } from '../../../../support/policies.ts'

const instance = '0b9f4f9e-7f3a-4c06-9a0e-3f6f0a2a8c11'
const at = (revision: string, seconds: number) => ({
  ...readingOf(servedFields({ ...defaultPolicy, idleTimeout: { enabled: true, seconds } })),
  revision,
})
const before = at('"1"', 1_200)
const mine = { inactivity: { on: true, seconds: 3_600 } }

interface Sent {
  readonly basis: string
  readonly change: Policy
}

/** Main answering writes as the test says; answers what was sent. */
function answering(answer: Outcome<unknown>) {
  const sent: Sent[] = []
  const policy = {
    write: async (argument: Sent) => {
      sent.push(argument)
      return answer
    },
  }
  vi.stubGlobal('window', { curfew: { policy } })
  return sent
}

const editor = () => usePolicyEditors.getState().editors[instance]
const shown = () => queryClient.getQueryData(keys.policy(instance))

afterEach(() => {
  vi.unstubAllGlobals()
  resetPageStores()
  queryClient.clear()
})

describe('saving a policy', () => {
  test('K4: what was written is what is shown, and can be undone with the values from before', async () => {
    const after = at('"2"', 3_600)
    answering(succeed({ outcome: 'written', reading: after }))
    edit(instance, { form: formOf(before), basis: before })
    await save(instance, mine, before)
    expect(shown()).toEqual(after)
    expect(editor()).toMatchObject({ saving: false, saved: { before, after, undo: false } })
    expect(editor()?.draft).toBeUndefined()

    const saved = editor()?.saved
    if (!saved) throw new Error('Nothing was saved.')
    const sent = answering(succeed({ outcome: 'written', reading: at('"3"', 1_200) }))
    await undo(instance, saved)
    expect(sent).toMatchObject([{ basis: '"2"', change: { inactivity: policyOf(before.fields).inactivity } }])
    expect(editor()?.saved).toMatchObject({ undo: true })
  })

  test('B9: what somebody else stored meanwhile is shown, and what was typed is kept on its own basis', async () => {
    const theirs = at('"2"', 7_200)
    answering(succeed({ outcome: 'conflict', reading: theirs }))
    const draft = { form: formOf(before), basis: before }
    edit(instance, draft)
    await save(instance, mine, before)
    expect(shown()).toEqual(theirs)
    expect(editor()).toEqual({ saving: false, draft, overtaken: true })
  })

  test('what was refused stays typed, with the reason', async () => {
    const problem = { code: 'unreachable', message: 'Nobody there.' } as const
    answering(fail(problem))
    const draft = { form: formOf(before), basis: before }
    edit(instance, draft)
    await save(instance, mine, before)
    expect(editor()).toEqual({ saving: false, draft, problem })
    expect(shown()).toBeUndefined()
  })

  test('K4: a save whose answer was lost is told as saved once what is stored is what was typed', async () => {
    const problem = { code: 'not-known', message: 'The answer was lost.' } as const
    answering(fail(problem))
    edit(instance, { form: formOf(before), basis: before })
    await save(instance, mine, before)
    const after = at('"2"', 3_600)
    acceptAsStored(instance, before, after)
    expect(editor()).toMatchObject({ saving: false, saved: { before, after, undo: false, readAgain: true } })
    expect(editor()?.draft).toBeUndefined()
    expect(editor()?.problem).toBeUndefined()
  })

  test('B9: what somebody else stored just as it was typed leaves nothing to save, and claims no save', () => {
    edit(instance, { form: formOf(before), basis: before })
    acceptAsStored(instance, before, at('"2"', 3_600))
    expect(editor()).toEqual({ saving: false })
  })

  test('K4: sends only the change, on the revision it was begun on, and is busy until the answer', async () => {
    let answer = (_: Outcome<unknown>) => {}
    const sent: unknown[] = []
    const write = (argument: unknown) => {
      sent.push(argument)
      return new Promise((resolve) => {
        answer = resolve
      })
    }
    vi.stubGlobal('window', { curfew: { policy: { write } } })
    const draft = { form: formOf(before), basis: before }
    edit(instance, draft)
    const problem = { code: 'unreachable', message: 'Nobody there.' } as const
    usePolicyEditors.setState({
      editors: { [instance]: { saving: false, draft, problem, overtaken: true }, else: { saving: true } },
    })
    const saving = save(instance, mine, before)
    expect(sent).toEqual([{ instance, basis: '"1"', change: mine }])
    // What was said of the last attempt is gone.
    expect(editor()).toEqual({ saving: true, draft })
    const more = { form: {}, basis: before }
    edit(instance, more)
    expect(editor()).toEqual({ saving: true, draft: more })
    discard(instance)
    expect(editor()).toEqual({ saving: true })
    answer(succeed({ outcome: 'written', reading: before }))
    await saving
    expect(editor()?.saving).toBe(false)
    expect(usePolicyEditors.getState().editors['else']).toEqual({ saving: true })
  })

  test('K4: what is typed while a save is on its way stays typed, and is held against what was stored', async () => {
    const after = at('"2"', 3_600)
    const draft = { form: formOf(after), basis: before }
    const write = async () => {
      edit(instance, draft)
      return succeed({ outcome: 'written', reading: after })
    }
    vi.stubGlobal('window', { curfew: { policy: { write } } })
    edit(instance, { form: formOf(before), basis: before })
    await save(instance, mine, before)
    expect(editor()).toMatchObject({ saving: false, draft: { form: draft.form, basis: after } })
  })

  test('K4: a save tells when it was, and whether what is stored had to be read again to know', async () => {
    vi.useFakeTimers({ now: 5_000 })
    const after = at('"2"', 3_600)
    answering(succeed({ outcome: 'written', reading: after }))
    await save(instance, mine, before)
    expect(editor()).toEqual({ saving: false, saved: { before, after, at: 5_000, undo: false } })
    answering(succeed({ outcome: 'written', reading: after, readAgain: true }))
    await save(instance, mine, before)
    expect(editor()?.saved).toEqual({ before, after, at: 5_000, undo: false, readAgain: true })
    vi.useRealTimers()
  })

  test('sessions that are on show are asked for again after a save, and only those of its instance', async () => {
    for (const of of [instance, 'else']) queryClient.setQueryData(keys.sessionsOf(of, 'u1'), [])
    const isStale = (of: string) => queryClient.getQueryState(keys.sessionsOf(of, 'u1'))?.isInvalidated
    answering(succeed({ outcome: 'conflict', reading: before }))
    await save(instance, mine, before)
    expect(isStale(instance)).toBe(false)
    answering(succeed({ outcome: 'written', reading: before }))
    await save(instance, mine, before)
    expect([instance, 'else'].map(isStale)).toEqual([true, false])
  })

  test('a save that is told of by what is stored tells when that was', () => {
    vi.useFakeTimers({ now: 7_000 })
    const problem = { code: 'not-known', message: 'The answer was lost.' } as const
    const after = at('"2"', 3_600)
    usePolicyEditors.setState({ editors: { [instance]: { saving: false, problem } } })
    acceptAsStored(instance, before, after)
    expect(editor()).toEqual({
      saving: false,
      saved: { before, after, at: 7_000, undo: false, readAgain: true },
    })
    const refused = { code: 'refused', message: 'You may not.' } as const
    usePolicyEditors.setState({ editors: { [instance]: { saving: false, problem: refused } } })
    acceptAsStored(instance, before, after)
    expect(editor()).toEqual({ saving: false })
    vi.useRealTimers()
  })
})
