import { expect, test } from 'vitest'
import { createBuiltInService, type ServiceStart } from '../../../main/instances/built-in-service.ts'

/** A service of which the test decides when it starts, on which port, and when it ends. */
function build(refused: readonly number[] = []) {
  const starts: ServiceStart[] = []
  const reported: unknown[] = []
  const refusedPorts = new Set(refused)
  let restarts = 0
  let stops = 0
  let end = () => {}
  const service = createBuiltInService({
    async start(options) {
      starts.push(options)
      if (refusedPorts.has(options.port)) throw new Error(`Port ${options.port} is taken.`)
      const { promise: ended, resolve } = Promise.withResolvers<void>()
      end = resolve
      return {
        address: `http://127.0.0.1:${options.port || 4180}`,
        ended,
        async stop() {
          stops += 1
          resolve()
        },
      }
    },
    onRestarted: () => {
      restarts += 1
    },
    report: (error) => reported.push(error),
  })
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve))
  const counts = () => ({ restarts, stops })
  return { service, starts, reported, refusedPorts, end: () => end(), counts, settle }
}

const first = { dataFolder: '/data', port: 0, ownerPassword: 'made up' }

test('the built-in service is started once for everybody who asks', async () => {
  const { service, starts } = build()
  const addresses = await Promise.all([service.address(first), service.address(first)])
  expect(addresses.map((address) => address.ok && address.value)).toEqual([
    'http://127.0.0.1:4180',
    'http://127.0.0.1:4180',
  ])
  expect(starts).toMatchObject([first])
})

test('C1: each process is told a key of its own to prove itself with, and none holds once it has ended', async () => {
  const { service, starts, end, settle } = build([5000])
  expect(service.proofKey()).toBeUndefined()
  await service.address({ ...first, port: 5000 })
  // The one that did not come up has heard its key too.
  expect(service.proofKey()).toBe(starts[1]?.proofKey)
  end()
  await Promise.resolve()
  await settle()
  expect(service.proofKey()).toBe(starts[2]?.proofKey)
  await service.stop()
  await settle()
  expect(service.proofKey()).toBeUndefined()
  const keys = starts.map(({ proofKey }) => proofKey)
  expect(new Set(keys).size).toBe(3)
  for (const key of keys) expect(key).toMatch(/^[\w-]{43}$/)
})

test('it keeps the port it had, and takes another where that is taken', async () => {
  const { service, starts } = build([5000])
  expect(await service.address({ dataFolder: '/data', port: 5000 })).toEqual({
    ok: true,
    value: 'http://127.0.0.1:4180',
  })
  expect(starts.map(({ port }) => port)).toEqual([5000, 0])
})

test('it is started again when it ends by itself, on its port and without the first password', async () => {
  const { service, starts, reported, end, counts, settle } = build()
  await service.address(first)
  end()
  await settle()
  expect(starts.slice(1)).toEqual([{ dataFolder: '/data', port: 4180, proofKey: service.proofKey() }])
  expect(counts().restarts).toBe(1)
  end()
  await settle()
  expect(starts).toHaveLength(3)
  expect(counts().restarts).toBe(2)
  expect(reported).toEqual([])
})

test('it stays ended once it was stopped', async () => {
  const { service, starts, counts, settle } = build()
  await service.address(first)
  await service.stop()
  await settle()
  expect(starts).toHaveLength(1)
  expect(counts()).toEqual({ restarts: 0, stops: 1 })
})

test('stopped, it is started again when somebody asks for it', async () => {
  const { service, starts, settle } = build()
  await service.address(first)
  await service.stop()
  await settle()
  expect(await service.address(first)).toEqual({ ok: true, value: 'http://127.0.0.1:4180' })
  expect(starts).toHaveLength(2)
})

test('stopping what never ran, or did not start, does nothing', async () => {
  const { service, counts } = build([0])
  await service.stop()
  const starting = service.address(first)
  await service.stop()
  await starting
  expect(counts()).toEqual({ restarts: 0, stops: 0 })
})

test('where it can’t be started again that is reported, and the next who asks tries anew', async () => {
  const { service, refusedPorts, reported, end, counts, settle } = build()
  await service.address(first)
  refusedPorts.add(4180).add(0)
  end()
  await settle()
  expect(reported).toEqual([new Error('Port 0 is taken.')])
  expect(counts().restarts).toBe(0)
  refusedPorts.clear()
  expect(await service.address(first)).toMatchObject({ ok: true })
})

test('that it does not start is reported and an outcome in words, tried once and again by who asks next', async () => {
  const { service, starts, reported, refusedPorts } = build([0])
  expect(await service.address(first)).toEqual({
    ok: false,
    problem: {
      code: 'unreachable',
      message: 'The built-in service did not start. Curfew keeps trying; restarting Curfew may help.',
    },
  })
  expect(reported).toEqual([new Error('Port 0 is taken.')])
  expect(starts).toHaveLength(1)
  refusedPorts.clear()
  expect(await service.address(first)).toMatchObject({ ok: true })
})
