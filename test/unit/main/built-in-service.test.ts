import { expect, test } from 'vitest'
import { createBuiltInService, type ServiceStart } from '../../../main/instances/built-in-service.ts'

/** A service of which the test decides when it starts, on which port, and when it ends. */
function build(refusedPorts: readonly number[] = []) {
  const starts: ServiceStart[] = []
  let restarts = 0
  let end = () => {}
  const service = createBuiltInService({
    async start(options) {
      starts.push(options)
      if (refusedPorts.includes(options.port)) throw new Error('The port is taken.')
      const { promise: ended, resolve } = Promise.withResolvers<void>()
      end = resolve
      return {
        address: `http://127.0.0.1:${options.port || 4180}`,
        ended,
        async stop() {
          resolve()
        },
      }
    },
    onRestarted: () => {
      restarts += 1
    },
    report: () => {},
  })
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve))
  return { service, starts, end: () => end(), restarts: () => restarts, settle }
}

const first = { dataFolder: '/data', port: 0, ownerPassword: 'made up' }

test('the built-in service is started once for everybody who asks', async () => {
  const { service, starts } = build()
  const addresses = await Promise.all([service.address(first), service.address(first)])
  expect(addresses.map((address) => address.ok && address.value)).toEqual([
    'http://127.0.0.1:4180',
    'http://127.0.0.1:4180',
  ])
  expect(starts).toEqual([first])
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
  const { service, starts, end, restarts, settle } = build()
  await service.address(first)
  end()
  await settle()
  expect(starts.slice(1)).toEqual([{ dataFolder: '/data', port: 4180 }])
  expect(restarts()).toBe(1)
})

test('it stays ended once it was stopped', async () => {
  const { service, starts, settle } = build()
  await service.address(first)
  await service.stop()
  await settle()
  expect(starts).toHaveLength(1)
})

test('that it does not start is an outcome in words', async () => {
  const { service } = build([0])
  expect(await service.address(first)).toMatchObject({ ok: false, problem: { code: 'unreachable' } })
})
