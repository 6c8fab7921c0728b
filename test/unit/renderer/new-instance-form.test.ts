import { expect, test } from 'vitest'
import {
  emptyForm,
  faultsOfMain,
  fieldOfProblem,
  readForm,
} from '../../../renderer/screens/add-instance/new-instance-form.ts'

const typed = {
  ...emptyForm,
  baseUrl: ' sessions.example.com/ ',
  name: ' Portal ',
  username: 'olive',
  password: ' secret ',
}

test('a good form becomes a new instance; only the password keeps its spaces', () => {
  expect(readForm(typed)).toEqual({
    instance: {
      baseUrl: 'https://sessions.example.com',
      name: 'Portal',
      environment: '',
      colour: 'blue',
      username: 'olive',
      password: ' secret ',
      pinCertificate: false,
    },
  })
})

test('an empty form says what each field needs', () => {
  expect(readForm(emptyForm)).toEqual({
    faults: {
      baseUrl: 'Type the address of the server.',
      name: 'Give the instance a name.',
      username: 'Type the user name of the account.',
      password: 'Type the password of the account.',
    },
  })
})

test('plain http to another machine is refused beside the address', () => {
  const read = readForm({ ...typed, baseUrl: 'http://sessions.example.com' })
  expect(read).toMatchObject({ faults: { baseUrl: expect.stringContaining('https://') } })
})

test('a failure stands beside the field that can mend it', () => {
  const said = { message: '' }
  expect(fieldOfProblem({ code: 'unreachable', ...said })).toBe('baseUrl')
  expect(fieldOfProblem({ code: 'not-this-product', ...said })).toBe('baseUrl')
  expect(fieldOfProblem({ code: 'invalid-credentials', ...said })).toBe('password')
  expect(fieldOfProblem({ code: 'throttled', retryAfterSeconds: 5, ...said })).toBeUndefined()
  expect(
    faultsOfMain([
      { field: 'name', code: 'taken', message: 'There is one of that name.' },
      { field: 'elsewhere', code: 'x', message: 'y' },
    ]),
  ).toEqual({ name: 'There is one of that name.' })
})
