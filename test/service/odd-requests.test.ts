import { expect, test } from 'vitest'
import { contractOf, startService } from './support.ts'

const odd = [
  '',
  ' ',
  'x'.repeat(4_000),
  '%00',
  '%ff',
  '%ed%a0%bd',
  '-1',
  '1e309',
  '../..',
  'null',
  '[]',
  '__proto__',
]

/** A name that is given in every way that forms and queries know, with every odd value. */
function pairsOf(name: string): readonly string[] {
  return [
    ...odd.map((value) => `${name}=${value}`),
    name,
    `${name}=a&${name}=b`,
    `${name}[]=a&${name}[]=b`,
    `${name}[x]=a`,
    `${name}.x=a`,
    `${Array.from({ length: 300 }, (_, index) => `${name}=${index}`).join('&')}`,
  ]
}

/** Written by hand: the pages are not in the OpenAPI document. */
const pages: readonly (readonly [method: string, path: string, names: readonly string[]])[] = [
  ['GET', '/', ['returnTo']],
  ['GET', '/sign-in', ['returnTo', 'ended']],
  ['GET', '/profile', ['older', 'revoked', 'changed']],
  ['POST', '/sign-in', ['username', 'password', 'rememberMe', 'returnTo']],
  ['POST', '/profile/password', ['currentPassword', 'newPassword', 'again']],
  ['POST', '/profile/revoke', ['id', 'keep']],
  ['POST', '/sign-out', ['id']],
]

test('No page answers 5xx to parameters and fields that are odd, long, doubled or lists', async () => {
  await using service = await startService()
  const faults: string[] = []
  let session = (await service.signIn('owner')).token
  const ask = async (method: string, path: string, form?: string) => {
    const response = await fetch(service.origin + path, {
      method,
      redirect: 'manual',
      headers: {
        cookie: `${service.cookieName}=${session}`,
        origin: service.origin,
        accept: 'text/html',
        ...(form !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      ...(form !== undefined && { body: form }),
    })
    await response.text()
    if (response.status >= 500)
      faults.push(`${response.status}: ${method} ${path} ${form ?? ''}`.slice(0, 200))
  }
  for (const [method, path, names] of pages)
    for (const name of names)
      for (const pairs of pairsOf(name)) {
        if (method === 'POST') {
          const rest = names.filter((one) => one !== name).map((one) => `${one}=usual`)
          await ask('POST', path, pairs)
          await ask('POST', path, [pairs, ...rest].join('&'))
          // Signing out and revoking end the session; what comes next is asked by somebody signed in again.
          const me = await service.call('GET', 'me', undefined, { authorization: `Bearer ${session}` })
          if (me.status === 401) session = (await service.signIn('owner')).token
        } else await ask('GET', `${path}?${pairs}`)
      }
  expect(faults).toEqual([])
})

test('No operation answers 5xx to parameters and ids that are odd, long, doubled or lists', async () => {
  await using service = await startService()
  const { operations } = await contractOf(service.origin)
  const owner = await service.signIn('owner')
  const faults: string[] = []
  const ask = async (method: string, path: string) => {
    const response = await fetch(service.origin + path, {
      method,
      headers: { authorization: `Bearer ${owner.token}`, 'if-match': '"1"' },
    })
    if (response.status >= 500) faults.push(`${response.status}: ${method} ${path}`.slice(0, 200))
    await response.body?.cancel()
  }
  for (const { id, method, path, operation } of operations) {
    // What ends the session that asks has nothing to be asked afterwards.
    if (id === 'signOut' || id === 'revokeMySessions') continue
    const names: readonly string[] = (operation.parameters ?? [])
      .filter((one: { readonly in: string }) => one.in === 'query')
      .map(({ name }: { readonly name: string }) => name)
    const concrete = path.replace(/\{\w+\}/g, 'nothing')
    for (const name of [...names, 'unknown'])
      for (const pairs of pairsOf(name)) await ask(method, `${concrete}?${pairs}`)
    if (path.includes('{'))
      for (const value of odd)
        await ask(
          method,
          path.replace(/\{\w+\}/g, () => value),
        )
  }
  expect(faults).toEqual([])
  expect((await owner.call('GET', 'me')).status).toBe(200)
})
