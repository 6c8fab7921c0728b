import { expect, test } from 'vitest'
import { openApiOperation } from '../../../../service/http/openapi.ts'
import type { Services } from '../../../../service/http/services.ts'
import { version } from '../../../../service/version.ts'

test('The API is documented as it was agreed: a change of it is a change of openapi.snap too', async () => {
  // The document is made of what is stated of operations: none of them is asked.
  const services = { identity: { instanceId: 'abcdefghijklmno' } } as unknown as Services
  const { handle, ...stated } = openApiOperation(services)
  expect(stated).toMatchObject({ id: 'getOpenApi', method: 'GET', path: '/openapi.json', access: 'anyone' })
  const answer = await handle({} as never)
  expect(answer?.status).toBe(200)
  expect(answer?.headers).toEqual({ 'content-type': 'application/json; charset=utf-8' })
  const document = JSON.parse(answer?.body as string)
  expect(document.info.version).toBe(version)
  document.info.version = 'VERSION'
  await expect(`${JSON.stringify(document, null, 1)}\n`).toMatchFileSnapshot('openapi.snap')
})
