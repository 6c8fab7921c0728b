import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { succeed } from '../../../../domain/problem.ts'
import { defaultPolicy, servedFields } from '../../../../domain/service-policy.ts'
import { type DraftKey, draftName } from '../../../../preload/contract/drafts.ts'
import { useTypedInstance } from '../../../../renderer/screens/add-instance/typed-instance.ts'
import { edit, usePolicyEditors } from '../../../../renderer/screens/security/policy-editor.ts'
import { formOf } from '../../../../renderer/screens/security/policy-form.ts'
import { usePreparedRevocations } from '../../../../renderer/screens/users/prepared-revocations.ts'
import { main } from '../../../../renderer/state/calls.ts'
import { restoreDrafts, useRestored } from '../../../../renderer/state/drafts.ts'
import { forgetEverything } from '../../../../renderer/state/forget.ts'
import { goTo, useNavigation } from '../../../../renderer/state/navigation.ts'
import { readingOf } from '../../../support/policies.ts'

const instance = '0b9f4f9e-7f3a-4c06-9a0e-3f6f0a2a8c11'
const basis = readingOf(servedFields(defaultPolicy))
const draft = { form: formOf(basis), basis }

/** What main holds, by the drafts' names; each is handed back once. */
let held: Map<string, string>

beforeEach(() => {
  held = new Map()
  const drafts = {
    keep: async ({ key, text }: { key: DraftKey; text: string }) => {
      held.set(draftName(key), text)
      return succeed(undefined)
    },
    drop: async ({ key }: { key: DraftKey }) => {
      held.delete(draftName(key))
      return succeed(undefined)
    },
    take: async ({ keys }: { keys: DraftKey[] }) => {
      const texts = keys.map((key) => held.get(draftName(key)) ?? null)
      for (const key of keys) held.delete(draftName(key))
      return succeed(texts)
    },
  }
  vi.stubGlobal('window', { curfew: { drafts } })
})
afterEach(() => {
  forgetEverything()
  vi.unstubAllGlobals()
})

const hold = (key: DraftKey, value: unknown) => held.set(draftName(key), JSON.stringify(value))

describe('what is typed, over a lock', () => {
  test('C4: what was typed comes back after the page has forgotten it, and is kept again at once', async () => {
    await restoreDrafts([instance])
    edit(instance, draft)
    goTo('users')
    forgetEverything()
    expect(usePolicyEditors.getState()).toEqual({ editors: {} })
    expect(useNavigation.getState().screen).toBe('security')

    await restoreDrafts([instance])
    expect(usePolicyEditors.getState().editors[instance]).toEqual({ saving: false, draft, restored: true })
    expect(useNavigation.getState().screen).toBe('users')
    const names = [draftName({ what: 'place' }), draftName({ what: 'security', instance })]
    expect([...held.keys()].sort()).toEqual(names)
  })

  test('what was saved or thrown away is dropped', async () => {
    await restoreDrafts([instance])
    edit(instance, draft)
    expect(held.has(draftName({ what: 'security', instance }))).toBe(true)
    usePolicyEditors.setState({ editors: { [instance]: { saving: false } } })
    expect(held.has(draftName({ what: 'security', instance }))).toBe(false)
  })

  test('what main hands back and is no such draft is left out, and the rest comes back', async () => {
    hold({ what: 'place' }, { screen: 'somewhere', lastInstanceScreen: 'users' })
    hold({ what: 'security', instance }, { form: { inactivity: { on: 'yes' } }, basis })
    hold({ what: 'revocation', instance }, { users: 'everybody', reason: 'Left' })
    const typed = {
      baseUrl: 'https://a.example',
      name: '',
      environment: '',
      colour: 'red',
      username: '',
      pinCertificate: false,
    }
    hold({ what: 'add-instance' }, typed)
    const before = useNavigation.getState()
    await restoreDrafts([instance])
    expect(useRestored.getState().ready).toBe(true)
    expect(useNavigation.getState()).toEqual(before)
    expect(usePolicyEditors.getState()).toEqual({ editors: {} })
    expect(usePreparedRevocations.getState()).toEqual({})
    expect(useTypedInstance.getState().instance).toEqual(typed)
  })

  test('a text that is no JSON is left out', async () => {
    held.set(draftName({ what: 'place' }), '{')
    await restoreDrafts([instance])
    expect(useRestored.getState().ready).toBe(true)
  })

  test('of any number of instances every draft is asked for, and never more at once than main answers', async () => {
    const many = Array.from(
      { length: 400 },
      (_, at) => `${String(at).padStart(8, '0')}-7f3a-4c06-9a0e-3f6f0a2a8c11`,
    )
    const last = many.at(-1) ?? ''
    hold({ what: 'security', instance: last }, draft)
    const take = vi.spyOn(main().drafts, 'take')
    await restoreDrafts(many)
    expect(usePolicyEditors.getState().editors[last]).toMatchObject({ draft })
    for (const [{ keys }] of take.mock.calls) expect(keys.length).toBeLessThanOrEqual(500)
  })
})
