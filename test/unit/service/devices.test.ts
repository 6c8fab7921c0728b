import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { createDevices, deviceSeconds } from '../../../service/devices.ts'

const owner = { id: 'owner-id', password: 'scrypt$15$8$3$salt$key' }
const holds = (devices: ReturnType<typeof createDevices>, proof: string, account = owner) =>
  devices.isGenuine(proof) && devices.isOf(proof, account)

test('A proof is its account’s alone, and ends with the password and after its time', () => {
  let now = 1_000_000
  const devices = createDevices({ secret: 'secret', clock: () => now })
  const proof = devices.proofFor(owner)
  expect(holds(devices, proof)).toBe(true)
  expect(holds(devices, proof, { ...owner, id: 'other-id' })).toBe(false)
  expect(holds(devices, proof, { ...owner, password: 'scrypt$15$8$3$other$key' })).toBe(false)
  expect(holds(createDevices({ secret: 'other', clock: () => now }), proof)).toBe(false)
  expect(deviceSeconds).toBe(90 * 86_400)
  now += (deviceSeconds - 1) * 1_000
  expect(holds(devices, proof)).toBe(true)
  now += 1_000
  expect(holds(devices, proof)).toBe(false)
})

test('A proof that an earlier version gave out holds still, and what was signed for another use does not', () => {
  const devices = createDevices({ secret: 'secret', clock: () => 1_000_000 })
  const sign = (...parts: readonly string[]) =>
    createHmac('sha256', 'secret').update(JSON.stringify(parts)).digest('base64url')
  const end = (1_000 + deviceSeconds).toString(36)
  const mark = sign('device account', owner.id, owner.password).slice(0, 22)
  const proof = `${end}.${mark}.${sign('device', end, mark)}`
  expect(devices.proofFor(owner)).toBe(proof)
  expect(holds(devices, proof)).toBe(true)
  expect(devices.isGenuine(`${end}.${mark}.${sign('other', end, mark)}`)).toBe(false)
  for (const other of ['', end, `${end}.`]) expect(devices.isOf(other, owner)).toBe(false)
})

test('Nobody makes or changes a proof, and it names neither account nor password', () => {
  const devices = createDevices({ secret: 'secret', clock: () => 1_000_000 })
  const proof = devices.proofFor(owner)
  const [end = '', mark = '', signature = ''] = proof.split('.')
  expect(proof).not.toMatch(/owner|scrypt|salt/)
  for (const changed of [
    '',
    '.',
    '..',
    `${end}.${mark}`,
    `zzzzzzz.${mark}.${signature}`,
    `${end}.${mark}.${signature}.`,
    `${end}.${mark}.${signature.slice(1)}`,
    `${end}.${mark.slice(1)}x.${signature}`,
    `NaN.${mark}.${signature}`,
    ` ${proof}`,
    proof.toUpperCase(),
  ])
    expect([changed, devices.isGenuine(changed)]).toEqual([changed, false])
})
