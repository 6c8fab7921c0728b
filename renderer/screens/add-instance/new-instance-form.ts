import { parseBaseUrl } from '../../../domain/address.ts'
import type { InstanceColour } from '../../../domain/instance.ts'
import type { FieldProblem, Problem } from '../../../domain/problem.ts'
import type { NewInstance } from '../../../preload/contract/instances.ts'

/** The form as it stands on the screen. */
export interface NewInstanceForm {
  readonly baseUrl: string
  readonly name: string
  readonly environment: string
  readonly colour: InstanceColour
  readonly username: string
  readonly password: string
  readonly pinCertificate: boolean
}

export type NewInstanceField = keyof NewInstanceForm
export type NewInstanceFaults = Readonly<Partial<Record<NewInstanceField, string>>>

export const emptyForm: NewInstanceForm = {
  baseUrl: '',
  name: '',
  environment: '',
  colour: 'blue',
  username: '',
  password: '',
  pinCertificate: false,
}

/** Reads the form: what to send, or what is wrong beside which field. */
export function readForm(
  form: NewInstanceForm,
): { readonly instance: NewInstance } | { readonly faults: NewInstanceFaults } {
  const address = parseBaseUrl(form.baseUrl)
  const name = form.name.trim()
  const environment = form.environment.trim()
  const username = form.username.trim()
  const faults: { -readonly [F in NewInstanceField]?: string } = {}
  if ('fault' in address) faults.baseUrl = address.fault
  if (name === '') faults.name = 'Give the instance a name.'
  if (name.length > 60) faults.name = 'A name has at most 60 characters.'
  if (environment.length > 30) faults.environment = 'An environment label has at most 30 characters.'
  if (username === '') faults.username = 'Type the user name of the account.'
  if (form.password === '') faults.password = 'Type the password of the account.'
  if ('fault' in address || Object.keys(faults).length > 0) return { faults }
  return { instance: { ...form, baseUrl: address.url, name, environment, username } }
}

const placeOf: Readonly<Partial<Record<Problem['code'], NewInstanceField>>> = {
  unreachable: 'baseUrl',
  'untrusted-certificate': 'baseUrl',
  'not-this-product': 'baseUrl',
  'invalid-credentials': 'password',
}

/** Which field a failed connection concerns; `undefined` where it is none of them. */
export function fieldOfProblem({ code }: Problem): NewInstanceField | undefined {
  return placeOf[code]
}

/** What main found wrong, beside the fields it knows by the same names. */
export function faultsOfMain(errors: readonly FieldProblem[]): NewInstanceFaults {
  const known = errors.filter(({ field }) => field in emptyForm)
  return Object.fromEntries(known.map(({ field, message }) => [field, message]))
}
