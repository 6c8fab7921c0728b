import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ServiceProcess, ServiceStart } from '../../main/instances/built-in-service.ts'
import { startApp, startRealService } from '../support/app.ts'
import { createMemoryKeychain } from '../support/memory-keychain.ts'

const passphrase = 'correct horse battery'

/** The app's end, as the service's first start sees it: what it waits for never comes. */
const never = () => new Promise<never>(() => {})

test.each<readonly [string, (options: ServiceStart) => Promise<unknown>]>([
  ['before the service has begun', async () => undefined],
  [
    'once the service has begun with the passwords',
    async (options) => {
      const service = await startRealService(options)
      await service.stop()
    },
  ],
])('C1: Curfew killed %s still knows both passwords of the built-in service', async (_, first) => {
  const dataFolder = await mkdtemp(join(tmpdir(), 'curfew-killed-'))
  const keychain = createMemoryKeychain()
  const begun = Promise.withResolvers<void>()
  const killed = await startApp({
    dataFolder,
    keychain,
    startService: async (options): Promise<ServiceProcess> => {
      await first(options)
      begun.resolve()
      return never()
    },
  })
  await killed.value('lock.setUp', { passphrase })
  void killed.call('instances.startBuiltIn')
  await begun.promise

  const again = await startApp({ dataFolder, keychain })
  try {
    await again.value('lock.unlock', { passphrase })
    const list = () => again.value('instances.list')
    await expect
      .poll(async () => (await list()).map(({ connection }) => connection.status), { timeout: 20_000 })
      .toEqual(['connected'])
    const [builtIn] = await list()
    if (!builtIn) throw new Error('It is not in the list.')
    const password = await again.value('instances.demoPassword', { instance: builtIn.instance.id })
    const { status } = await fetch(`${builtIn.instance.baseUrl}/api/v1/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'member', password }),
    })
    expect(status).toBe(201)
    expect(await again.value('instances.startBuiltIn')).toBe(builtIn.instance.id)
  } finally {
    await again.curfew.quit()
    await rm(dataFolder, { recursive: true, force: true, maxRetries: 3 })
  }
})
