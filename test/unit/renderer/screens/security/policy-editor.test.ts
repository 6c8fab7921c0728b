import { afterEach, describe, expect, test, vi } from 'vitest'
import { type Policy, policyOf } from '../../../../../domain/policy.ts'
import { fail, type Outcome, succeed } from '../../../../../domain/problem.ts'
import { defaultPolicy, servedFields } from '../../../../../domain/service-policy.ts'
import {
  acceptAsStored,
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
})
