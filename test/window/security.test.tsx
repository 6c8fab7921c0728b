import { screen, waitFor, within } from '@testing-library/react'
import { describe, expect, test } from 'vitest'
import type { FieldReading, PolicyReading, ServedFields } from '../../domain/policy.ts'
import type { Preview } from '../../domain/preview.ts'
import { fail, succeed } from '../../domain/problem.ts'
import { defaultPolicy, servedFields } from '../../domain/service-policy.ts'
import { type Answers, problem } from './support/fake-main.ts'
import { type RenderedWindow, renderWindow } from './support/render-window.tsx'
import { connectedState, connection, instance, owner, policyReading } from './support/sample.ts'

const endsNothing: Preview = {
  endsSessions: 0,
  endsUsers: 0,
  endsYours: false,
  byKind: { web: 0, token: 0, kubernetes: 0 },
}
const endsMany: Preview = { ...endsNothing, endsSessions: 1204, endsUsers: 640 }
const endsMine: Preview = { ...endsNothing, endsSessions: 2, endsUsers: 1, endsYours: true }

/** The fields of a fresh service with some of them set otherwise. */
function fieldsWith(changed: ServedFields): ServedFields {
  return { ...servedFields(defaultPolicy), ...changed }
}
function inactivity(seconds: number, changed: Partial<FieldReading> = {}): ServedFields {
  const field = servedFields(defaultPolicy).inactivity as FieldReading
  return fieldsWith({ inactivity: { ...field, value: { on: true, seconds }, ...changed } })
}
/** What somebody else has stored meanwhile. */
const theirs = (fields: ServedFields): PolicyReading =>
  policyReading({ fields, revision: '"2"', updatedBy: 'bob', updatedAt: '2026-01-02T10:00:00Z' })

const answers: Answers = {
  'policy.read': () => succeed(policyReading()),
  'policy.preview': () => succeed(endsNothing),
}
const renderSecurity = (more: Answers = {}) => renderWindow({ ...answers, ...more })

const update = () => screen.getByRole('button', { name: 'Update' })
const discard = () => screen.getByRole('button', { name: 'Discard changes' })
const maximum = () => screen.findByRole('textbox', { name: 'Maximum Session Duration' })

/** Types another *Maximum Session Duration*. */
async function typeMaximum({ user }: RenderedWindow, seconds: string): Promise<void> {
  const field = await maximum()
  await user.clear(field)
  if (seconds !== '') await user.type(field, seconds)
}
async function pressUpdate({ user }: RenderedWindow): Promise<void> {
  await waitFor(() => expect(update()).toHaveProperty('disabled', false))
  await user.click(update())
}

describe('what is shown of the rules', () => {
  test('before they have come it says that they are being read', async () => {
    await renderSecurity({ 'policy.read': () => new Promise(() => {}) })
    expect(await screen.findByRole('status', { name: 'Reading the session rules' })).toBeTruthy()
    expect(screen.queryByRole('button', { name: 'Update' })).toBeNull()
  })

  test('K1 an account without the right is told who may, and nothing is asked', async () => {
    const { 'policy.read': _, 'policy.write': __, ...rights } = owner.rights
    const { main } = await renderSecurity({
      'instances.list': () => succeed([connectedState({}, { ...owner, role: 'Member', rights })]),
    })
    expect(await screen.findByText('Only Owners and Admins may see and change this')).toBeTruthy()
    expect(screen.getByText(/signed in as Ada Owner, whose role is Member/)).toBeTruthy()
    expect(main.given('policy.read')).toEqual([])
  })

  test('K1 a refusal of the server is shown in its own words', async () => {
    await renderSecurity({ 'policy.read': () => problem('refused', 'You need the right Owner or Admin.') })
    expect(await screen.findByText(/The server said: You need the right Owner or Admin\./)).toBeTruthy()
  })

  test('a server without session rules is said to have none', async () => {
    await renderSecurity({
      'instances.list': () =>
        succeed([{ instance: instance(), connection: { ...connection(), capabilities: ['users.list'] } }]),
    })
    expect(await screen.findByText('Not supported by this server')).toBeTruthy()
  })

  test('a failure says why, and trying again reads again', async () => {
    const { user, main } = await renderSecurity({
      'policy.read': () => problem('server-error', 'The server had a fault (500).'),
    })
    expect(await screen.findByText('The server had a fault (500).')).toBeTruthy()
    main.answer({ 'policy.read': () => succeed(policyReading()) })
    await user.click(screen.getByRole('button', { name: 'Try again' }))
    expect(await maximum()).toHaveProperty('value', '1728000')
  })

  test('who may read but not change is told so, and can save nothing', async () => {
    const { 'policy.write': _, ...rights } = owner.rights
    const rendered = await renderSecurity({
      'instances.list': () => succeed([connectedState({}, { ...owner, rights })]),
    })
    expect(await screen.findByText(/may read the rules here, not change them/)).toBeTruthy()
    await typeMaximum(rendered, '90000')
    expect(update()).toHaveProperty('disabled', true)
  })

  test('a server whose rules can only be read says so', async () => {
    await renderSecurity({
      'instances.list': () =>
        succeed([{ instance: instance(), connection: { ...connection(), capabilities: ['policy.read'] } }]),
    })
    expect(await screen.findByText('This server lets the rules be read, not changed.')).toBeTruthy()
  })

  test('who changed the rules last stands in the head', async () => {
    await renderSecurity({
      'policy.read': () => succeed(policyReading({ updatedBy: 'bob', updatedAt: '2026-01-02T10:00:00Z' })),
    })
    expect(await screen.findByText(/^Last changed by bob, /)).toBeTruthy()
  })

  test('a rule that the server lacks is named and not left out', async () => {
    const { maximum: _, ...others } = servedFields(defaultPolicy)
    await renderSecurity({ 'policy.read': () => succeed(policyReading({ fields: others })) })
    expect(await screen.findByText('Maximum Session Duration:')).toBeTruthy()
    expect(screen.getByText('Not supported by this server')).toBeTruthy()
  })

  test('O1, O2 a length that is typed is echoed in words', async () => {
    const rendered = await renderSecurity()
    await typeMaximum(rendered, '5400')
    expect(screen.getByText(/^5.400\ss = 1 hour 30 minutes\./)).toBeTruthy()
  })
})

describe('saving', () => {
  test('K4 nothing is sent before Update, and Discard changes forgets what was typed', async () => {
    const rendered = await renderSecurity()
    await maximum()
    expect(update()).toHaveProperty('disabled', true)
    expect(discard()).toHaveProperty('disabled', true)
    await typeMaximum(rendered, '90000')
    expect(discard()).toHaveProperty('disabled', false)
    await rendered.user.click(discard())
    expect(await maximum()).toHaveProperty('value', '1728000')
    expect(update()).toHaveProperty('disabled', true)
    expect(rendered.main.given('policy.write')).toEqual([])
  })

  test('K4 only what differs is sent, with the revision it was read at', async () => {
    const stored = theirs(fieldsWith({}))
    const rendered = await renderSecurity({
      'policy.write': () => succeed({ outcome: 'written', reading: stored }),
    })
    await typeMaximum(rendered, '90000')
    await pressUpdate(rendered)
    expect(await screen.findByText(/^Saved at .* in force on Berlin\.$/)).toBeTruthy()
    expect(rendered.main.given('policy.write')).toEqual([
      { instance: instance().id, basis: '"1"', change: { maximum: { on: true, seconds: 90000 } } },
    ])
  })

  test('K2 switching the rule off sends that alone, and keeps the length for later', async () => {
    const rendered = await renderSecurity({
      'policy.write': () => succeed({ outcome: 'written', reading: theirs(fieldsWith({})) }),
    })
    await rendered.user.click(
      await screen.findByRole('switch', { name: /^Automatically sign out inactive users/ }),
    )
    await pressUpdate(rendered)
    await waitFor(() =>
      expect(rendered.main.given('policy.write').map(({ change }) => change)).toEqual([
        { inactivity: { on: false, seconds: 1200 } },
      ]),
    )
  })

  test('K3 what was typed for a rule that is then switched off is not saved', async () => {
    const rendered = await renderSecurity({
      'policy.write': () => succeed({ outcome: 'written', reading: theirs(fieldsWith({})) }),
    })
    const amount = await screen.findByRole('textbox', { name: 'Custom limit' })
    await rendered.user.clear(amount)
    await rendered.user.type(amount, '45')
    await rendered.user.click(screen.getByRole('switch', { name: /^Automatically sign out inactive users/ }))
    await pressUpdate(rendered)
    await waitFor(() =>
      expect(rendered.main.given('policy.write').map(({ change }) => change)).toEqual([
        { inactivity: { on: false, seconds: 1200 } },
      ]),
    )
  })

  test('a limit out of bounds is explained beside its field and can’t be saved', async () => {
    const rendered = await renderSecurity()
    await typeMaximum(rendered, '12')
    expect((await screen.findByRole('alert')).textContent).toMatch(/The maximum session duration must be/)
    expect(update()).toHaveProperty('disabled', true)
    await rendered.user.keyboard('{Enter}')
    expect(rendered.main.given('policy.write')).toEqual([])
  })

  test('what is no number is explained and can’t be saved', async () => {
    const rendered = await renderSecurity()
    await typeMaximum(rendered, 'soon')
    expect((await screen.findByRole('alert')).textContent).toMatch(/Type a whole number of seconds/)
    expect(update()).toHaveProperty('disabled', true)
  })

  test('what the server finds wrong with a field is put beside it, and what was typed stays', async () => {
    const rendered = await renderSecurity({
      'policy.write': () =>
        fail({
          code: 'invalid',
          message: 'maximum: too long',
          errors: [{ field: 'maximum', code: 'too-long', message: 'Berlin keeps at most a day.' }],
        }),
    })
    await typeMaximum(rendered, '90000')
    await pressUpdate(rendered)
    expect(await screen.findByText('Berlin keeps at most a day.')).toBeTruthy()
    expect(await maximum()).toHaveProperty('value', '90000')
  })

  test('a server that is gone while saving: what was typed stays and can be saved later', async () => {
    const rendered = await renderSecurity({
      'policy.write': () => problem('unreachable', 'Berlin can’t be reached.'),
    })
    await typeMaximum(rendered, '90000')
    await pressUpdate(rendered)
    expect(await screen.findByText(/What you typed is kept here/)).toBeTruthy()
    expect(await maximum()).toHaveProperty('value', '90000')
    rendered.main.answer({
      'policy.write': () => succeed({ outcome: 'written', reading: theirs(fieldsWith({})) }),
    })
    await pressUpdate(rendered)
    expect(await screen.findByText(/^Saved at/)).toBeTruthy()
  })

  test('a lost answer that turns out to be saved is told as that', async () => {
    const rendered = await renderSecurity({
      'policy.write': () => succeed({ outcome: 'written', reading: theirs(fieldsWith({})), readAgain: true }),
    })
    await typeMaximum(rendered, '90000')
    await pressUpdate(rendered)
    expect(
      await screen.findByText(/It was saved and is in force on Berlin\. The server’s answer was lost/),
    ).toBeTruthy()
  })

  test('K4 Undo writes back what was there before, on what was saved', async () => {
    const saved = theirs(
      fieldsWith({
        maximum: { ...servedFields(defaultPolicy).maximum, value: { on: true, seconds: 90000 } },
      }),
    )
    const rendered = await renderSecurity({
      'policy.write': () => succeed({ outcome: 'written', reading: saved }),
    })
    await typeMaximum(rendered, '90000')
    await pressUpdate(rendered)
    rendered.main.answer({
      'policy.write': () => succeed({ outcome: 'written', reading: policyReading({ revision: '"3"' }) }),
    })
    await rendered.user.click(await screen.findByRole('button', { name: 'Undo' }))
    expect(await screen.findByText(/^Undone at .* The earlier rules of Berlin are back\.$/)).toBeTruthy()
    expect(rendered.main.given('policy.write').at(-1)).toEqual({
      instance: instance().id,
      basis: '"2"',
      change: { maximum: { on: true, seconds: 1_728_000 } },
    })
    expect(screen.queryByRole('button', { name: 'Undo' })).toBeNull()
  })

  test('K4 an Undo that somebody else overtook changes nothing and says so', async () => {
    const rendered = await renderSecurity({
      'policy.write': () => succeed({ outcome: 'written', reading: theirs(fieldsWith({})) }),
    })
    await typeMaximum(rendered, '90000')
    await pressUpdate(rendered)
    rendered.main.answer({
      'policy.write': () => succeed({ outcome: 'conflict', reading: theirs(inactivity(600)) }),
    })
    await rendered.user.click(await screen.findByRole('button', { name: 'Undo' }))
    expect(await screen.findByText('Somebody else changed this meanwhile')).toBeTruthy()
    expect(
      screen.getByText(/Nothing was changed\. What is shown is what Berlin has stored now\./),
    ).toBeTruthy()
  })
})

describe('B1 the preview', () => {
  test('says how many sessions of how many people a change ends', async () => {
    const rendered = await renderSecurity({ 'policy.preview': () => succeed(endsMany) })
    await typeMaximum(rendered, '90000')
    expect(
      await screen.findByText(/^Ends 1.204 sessions of 640 people now\. Yours is not among them\.$/),
    ).toBeTruthy()
  })

  test('that can’t be had says why, and saving stays possible', async () => {
    const rendered = await renderSecurity({
      'policy.preview': () => problem('server-error', 'The server had a fault (500).'),
      'policy.write': () => succeed({ outcome: 'written', reading: theirs(fieldsWith({})) }),
    })
    await typeMaximum(rendered, '90000')
    expect(await screen.findByText(/can’t be counted now\. The server had a fault/)).toBeTruthy()
    await pressUpdate(rendered)
    expect(await screen.findByText(/^Saved at/)).toBeTruthy()
  })

  test('is not asked of a server that has none, and that is said', async () => {
    const rendered = await renderSecurity({
      'instances.list': () =>
        succeed([
          {
            instance: instance(),
            connection: { ...connection(), capabilities: ['policy.read', 'policy.write'] },
          },
        ]),
    })
    await typeMaximum(rendered, '90000')
    expect(await screen.findByText(/can’t say beforehand what a change would end/)).toBeTruthy()
    expect(rendered.main.given('policy.preview')).toEqual([])
  })

  test('K4 one’s own session is never ended unasked, however fast Update is pressed', async () => {
    const rendered = await renderSecurity({
      'policy.preview': () => succeed(endsMine),
      'policy.write': () => succeed({ outcome: 'written', reading: theirs(fieldsWith({})) }),
    })
    await typeMaximum(rendered, '90000')
    await pressUpdate(rendered)
    const dialog = await screen.findByRole('dialog', { name: 'This ends your own session too' })
    expect(rendered.main.given('policy.write')).toEqual([])
    await rendered.user.click(within(dialog).getByRole('button', { name: 'Cancel' }))
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
    expect(rendered.main.given('policy.write')).toEqual([])
    expect(await maximum()).toHaveProperty('value', '90000')
    await pressUpdate(rendered)
    await rendered.user.click(await screen.findByRole('button', { name: 'Update and sign me out' }))
    await waitFor(() => expect(rendered.main.given('policy.write')).toHaveLength(1))
  })
})

describe('B9 somebody else saved meanwhile', () => {
  const conflict: Answers = {
    'policy.write': () => succeed({ outcome: 'conflict', reading: theirs(inactivity(600)) }),
  }

  test('nothing is overwritten: the three states are compared and what was typed stays', async () => {
    const rendered = await renderSecurity(conflict)
    await typeMaximum(rendered, '90000')
    await pressUpdate(rendered)
    const panel = await screen.findByRole('region', { name: 'Changed by somebody else meanwhile' })
    const rows = within(panel).getAllByRole('row').slice(1)
    expect(rows.map((row) => [...row.children].map((cell) => cell.textContent))).toEqual([
      ['Automatically sign out inactive users', 'After 20 minutes', 'After 20 minutes', 'After 10 minutes'],
      ['Maximum Session Duration', '20 days', '1 day 1 hour', '20 days'],
    ])
    expect(await maximum()).toHaveProperty('value', '90000')
    expect(update()).toHaveProperty('disabled', true)
  })

  test('Keep mine saves one’s own change over theirs, on their revision, and leaves the rest', async () => {
    const rendered = await renderSecurity(conflict)
    await typeMaximum(rendered, '90000')
    await pressUpdate(rendered)
    rendered.main.answer({
      'policy.write': () => succeed({ outcome: 'written', reading: policyReading({ revision: '"3"' }) }),
    })
    await rendered.user.click(await screen.findByRole('button', { name: 'Keep mine' }))
    await waitFor(() =>
      expect(rendered.main.given('policy.write').at(-1)).toEqual({
        instance: instance().id,
        basis: '"2"',
        change: { maximum: { on: true, seconds: 90000 } },
      }),
    )
  })

  test('Take theirs shows what is stored now and sends nothing', async () => {
    const rendered = await renderSecurity(conflict)
    await typeMaximum(rendered, '90000')
    await pressUpdate(rendered)
    await rendered.user.click(await screen.findByRole('button', { name: 'Take theirs' }))
    expect(await maximum()).toHaveProperty('value', '1728000')
    expect(screen.getByRole('textbox', { name: 'Custom limit' })).toHaveProperty('value', '10')
    expect(rendered.main.given('policy.write')).toHaveLength(1)
  })

  test('two who wanted the same are in no conflict', async () => {
    const same = fieldsWith({
      maximum: { ...servedFields(defaultPolicy).maximum, value: { on: true, seconds: 90000 } },
    })
    const rendered = await renderSecurity({
      'policy.write': () => succeed({ outcome: 'conflict', reading: theirs(same) }),
    })
    await typeMaximum(rendered, '90000')
    await pressUpdate(rendered)
    await waitFor(() => expect(update()).toHaveProperty('disabled', true))
    expect(screen.queryByRole('region', { name: 'Changed by somebody else meanwhile' })).toBeNull()
  })

  test('a change that does not fit what is stored now can’t be kept, and it says why', async () => {
    const rendered = await renderSecurity({
      'policy.write': () => succeed({ outcome: 'conflict', reading: theirs(inactivity(100_000)) }),
    })
    await typeMaximum(rendered, '90000')
    await pressUpdate(rendered)
    expect(await screen.findByText(/The two can’t be joined: /)).toBeTruthy()
    expect(screen.getByRole('button', { name: 'Keep mine' })).toHaveProperty('disabled', true)
  })
})

describe('B8 what was typed before a lock', () => {
  test('comes back, is said to be back, and is saved on the revision it was begun on', async () => {
    const form = {
      maximum: { on: true, inherited: false, choice: 'custom', amount: '90000', unit: 'seconds' },
    }
    const rendered = await renderSecurity({
      'drafts.take': ({ keys }) =>
        succeed(
          keys.map(({ what }) =>
            what === 'security' ? JSON.stringify({ form, basis: policyReading() }) : null,
          ),
        ),
      'policy.write': () => succeed({ outcome: 'conflict', reading: theirs(inactivity(600)) }),
    })
    expect(await maximum()).toHaveProperty('value', '90000')
    await pressUpdate(rendered)
    await waitFor(() =>
      expect(rendered.main.given('policy.write').map(({ basis }) => basis)).toEqual(['"1"']),
    )
  })

  test('a draft made on an older revision meets the newer one as a conflict and does not overwrite it', async () => {
    const form = {
      maximum: { on: true, inherited: false, choice: 'custom', amount: '90000', unit: 'seconds' },
    }
    const rendered = await renderSecurity({
      'policy.read': () => succeed(theirs(inactivity(600))),
      'drafts.take': ({ keys }) =>
        succeed(
          keys.map(({ what }) =>
            what === 'security' ? JSON.stringify({ form, basis: policyReading() }) : null,
          ),
        ),
    })
    expect(await screen.findByRole('region', { name: 'Changed by somebody else meanwhile' })).toBeTruthy()
    expect(update()).toHaveProperty('disabled', true)
    expect(rendered.main.given('policy.write')).toEqual([])
  })
})
