import { screen, waitFor } from '@testing-library/react'
import { describe, expect, test } from 'vitest'
import { fail, type Problem, succeed } from '../../domain/problem.ts'
import type { Answers } from './support/fake-main.ts'
import { type RenderedWindow, renderWindow } from './support/render-window.tsx'
import { connectedState, policyReading } from './support/sample.ts'

const answers: Answers = { 'policy.read': () => succeed(policyReading()) }
async function renderForm(more: Answers = {}): Promise<RenderedWindow> {
  const rendered = await renderWindow({ ...answers, ...more })
  await rendered.user.click(await screen.findByRole('button', { name: 'Add an instance' }))
  await screen.findByRole('heading', { level: 1, name: 'Add an instance' })
  return rendered
}
const typed = {
  'Server address': 'https://paris.example',
  Name: 'Paris',
  'User name': 'ada',
  Password: 'secret',
} as const
async function fill({ user }: RenderedWindow, values: Readonly<Record<string, string>> = typed) {
  for (const [label, value] of Object.entries(values)) await user.type(screen.getByLabelText(label), value)
}
const submit = ({ user }: RenderedWindow) => user.click(screen.getByRole('button', { name: 'Add instance' }))
const refusing = (problem: Problem): Answers => ({ 'instances.add': () => fail(problem) })

test('C5 an instance is added with what was typed, and shown', async () => {
  const paris = connectedState({ id: '00000000-0000-4000-8000-000000000002', name: 'Paris' })
  const rendered = await renderForm({ 'instances.add': () => succeed(paris.instance.id) })
  await fill(rendered)
  rendered.main.answer({ 'instances.list': () => succeed([connectedState(), paris]) })
  await submit(rendered)
  await waitFor(() => expect(document.title).toBe('Paris'))
  expect(rendered.main.given('instances.add')).toMatchObject([
    { baseUrl: 'https://paris.example', name: 'Paris', environment: '', username: 'ada', password: 'secret' },
  ])
})

test('B8 a server is held to its certificate where that was chosen, and not otherwise', async () => {
  const rendered = await renderForm(refusing({ code: 'refused', message: 'It was not confirmed.' }))
  await fill(rendered)
  await submit(rendered)
  await screen.findByText('It was not confirmed.')
  await rendered.user.click(screen.getByRole('checkbox', { name: 'Pin this server’s certificate' }))
  await submit(rendered)
  await waitFor(() =>
    expect(rendered.main.given('instances.add').map(({ pinCertificate }) => pinCertificate)).toEqual([
      false,
      true,
    ]),
  )
})

test('an empty form names every field that is missing, goes to the first, and sends nothing', async () => {
  const rendered = await renderForm()
  await submit(rendered)
  expect(screen.getAllByRole('alert')).toHaveLength(4)
  expect(document.activeElement).toBe(screen.getByLabelText('Server address'))
  expect(rendered.main.given('instances.add')).toEqual([])
})

test.each(['http://paris.example', 'ftp://paris.example', 'https://a:b@paris.example', 'paris example'])(
  'an address that a password may not be sent to is refused beside it: %s',
  async (address) => {
    const rendered = await renderForm()
    await fill(rendered, { ...typed, 'Server address': address })
    await submit(rendered)
    expect(screen.getAllByRole('alert')).toHaveLength(1)
    expect(document.activeElement).toBe(screen.getByLabelText('Server address'))
    expect(rendered.main.given('instances.add')).toEqual([])
  },
)

describe('what can go wrong stands beside what it is about, and what was typed stays', () => {
  test.each([
    [{ code: 'unreachable', message: 'It can’t be reached.' }, 'Server address'],
    [{ code: 'untrusted-certificate', message: 'It is not trusted.' }, 'Server address'],
    [{ code: 'not-this-product', message: 'It is something else.' }, 'Server address'],
    [{ code: 'invalid-credentials', message: 'It is wrong.' }, 'Password'],
    [
      {
        code: 'invalid',
        message: 'name: taken',
        errors: [{ field: 'name', code: 'taken', message: 'It is taken.' }],
      },
      'Name',
    ],
  ] as const satisfies readonly (readonly [Problem, string])[])('%o', async (problem, label) => {
    const rendered = await renderForm(refusing(problem))
    await fill(rendered)
    await submit(rendered)
    const said = 'errors' in problem ? 'It is taken.' : problem.message
    expect((await screen.findByRole('alert')).textContent).toBe(said)
    expect(document.activeElement).toBe(screen.getByLabelText(label))
    expect(screen.getByLabelText('Server address')).toHaveProperty('value', typed['Server address'])
    expect(screen.getByLabelText('Password')).toHaveProperty('value', typed.Password)
  })

  test('anything else stands above the buttons', async () => {
    const rendered = await renderForm(
      refusing({ code: 'server-error', message: 'The server had a fault (500).' }),
    )
    await fill(rendered)
    await submit(rendered)
    expect(await screen.findByText('The server had a fault (500).')).toBeTruthy()
  })
})

test('cancelled while it connects, what was added meanwhile is taken off again', async () => {
  const id = '00000000-0000-4000-8000-000000000002'
  const connecting = Promise.withResolvers<void>()
  const rendered = await renderForm({
    'instances.add': async () => {
      await connecting.promise
      return succeed(id)
    },
    'instances.remove': () => succeed(undefined),
  })
  await fill(rendered)
  await submit(rendered)
  expect(await screen.findByText('Connecting to https://paris.example and signing in…')).toBeTruthy()
  await rendered.user.click(screen.getByRole('button', { name: 'Cancel' }))
  connecting.resolve()
  await waitFor(() => expect(rendered.main.given('instances.remove')).toEqual([{ instance: id }]))
})

test('B8 what was typed before a lock is back, but for the password', async () => {
  const before = {
    baseUrl: 'https://paris.example',
    name: 'Paris',
    environment: '',
    colour: 'red',
    username: 'ada',
    pinCertificate: true,
  }
  await renderForm({
    'drafts.take': ({ keys }) =>
      succeed(keys.map(({ what }) => (what === 'add-instance' ? JSON.stringify(before) : null))),
  })
  expect(screen.getByLabelText('Name')).toHaveProperty('value', 'Paris')
  expect(screen.getByRole('checkbox', { name: /^Pin this/ })).toHaveProperty('checked', true)
  expect(screen.getByLabelText('Password')).toHaveProperty('value', '')
})

test('B8 what is typed is kept over a lock without the password', async () => {
  const rendered = await renderForm()
  await fill(rendered)
  await waitFor(() => {
    const kept = rendered.main.given('drafts.keep').filter(({ key }) => key.what === 'add-instance')
    expect(JSON.parse(kept.at(-1)?.text ?? '{}')).toMatchObject({ name: 'Paris', username: 'ada' })
  })
  expect(JSON.stringify(rendered.main.given('drafts.keep'))).not.toContain('secret')
})
