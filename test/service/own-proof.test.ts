import { createHmac, randomBytes } from 'node:crypto'
import { afterEach, expect, test } from 'vitest'
import { startService, type TestService } from './support.ts'

const bits = () => randomBytes(32).toString('base64url')
const started: TestService[] = []
afterEach(async () => {
  for (const service of started.splice(0)) await service[Symbol.asyncDispose]()
})

async function start(proofKey?: string): Promise<TestService> {
  const service = await startService({ ...(proofKey !== undefined && { proofKey }) })
  started.push(service)
  return service
}

const ask = (service: TestService, query: string) => service.call('GET', `server${query}`)

test('C1: whoever gave the service a key has it prove that it is the one, for their challenge and its own address', async () => {
  const key = bits()
  const service = await start(key)
  const challenge = bits()
  const right = createHmac('sha256', Buffer.from(key, 'base64url'))
    .update(`curfew-service-proof 1\n${challenge}\n${service.origin}`)
    .digest('base64url')
  const { status, body } = await ask(service, `?challenge=${challenge}`)
  expect([status, body.proof, body.instanceId]).toEqual([200, right, service.service.instanceId])
  expect((await ask(service, `?challenge=${bits()}`)).body.proof).not.toBe(right)
  expect((await ask(service, '')).body).not.toHaveProperty('proof')
})

test('C1: a proof is for one key and one address: two services, and two starts of one, prove different things', async () => {
  const key = bits()
  const [one, elsewhere, again] = [await start(key), await start(key), await start(bits())]
  const challenge = bits()
  const proofs = await Promise.all(
    [one, elsewhere, again].map(
      async (service) => (await ask(service, `?challenge=${challenge}`)).body.proof,
    ),
  )
  expect(proofs.every((proof) => typeof proof === 'string')).toBe(true)
  expect(new Set(proofs).size).toBe(3)
})

test('A service that nobody gave a key proves nothing and says all the rest', async () => {
  const { status, body } = await ask(await start(), `?challenge=${bits()}`)
  expect(status).toBe(200)
  expect(body).toHaveProperty('instanceId')
  expect(body).not.toHaveProperty('proof')
})

test.each([
  ['empty', ''],
  ['too short', 'a'.repeat(42)],
  ['too long', 'a'.repeat(44)],
  ['base64 of the other kind', `${'a'.repeat(42)}%2B`],
  ['padded', `${'a'.repeat(43)}=`],
  ['given twice', `${'a'.repeat(43)}&challenge=${'a'.repeat(43)}`],
  ['with a line feed', `${'a'.repeat(43)}%0A`],
  ['an address', `${'a'.repeat(43)}%0Ahttp://127.0.0.1:1`],
])('A challenge that is %s is refused by name, with or without a key', async (_, challenge) => {
  for (const service of [await start(bits()), await start()]) {
    const { status, body } = await ask(service, `?challenge=${challenge}`)
    expect(status).toBe(422)
    expect(body).toMatchObject({ code: 'invalid', errors: [{ field: 'challenge' }] })
    expect(body).not.toHaveProperty('proof')
  }
})

test('The OpenAPI document tells of the challenge and of the proof', async () => {
  const service = await start()
  const { body } = await service.call('GET', '/openapi.json')
  expect(body.paths['/api/v1/server'].get.parameters).toMatchObject([
    { name: 'challenge', in: 'query', required: false },
  ])
  expect(body.components.schemas.Server.properties.proof.description).toContain('HMAC-SHA-256')
})
