import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { deriveForPurpose } from '../../main/keyring/seal.ts'
import { dataKeyOf } from '../support/data-key.ts'
import { startTestService, type TestService } from '../support/session-service.ts'
import { countInMemory, disguises, filesBelow, heapOf } from './support/canary.ts'
import { choosePassphrase, type Desk, typeInstance } from './support/desk.ts'
import { expect, test } from './support/fixtures.ts'
import { startRecorder } from './support/recorder.ts'

const marker = 'CANARY91e4d7'
const firstPassphrase = `${marker} first passphrase`
const lastPassphrase = `${marker} last passphrase`
const passwords = [`${marker}-password-one`, `${marker}-password-two`] as const

async function addCanary(service: TestService, password: string): Promise<void> {
  const body = {
    username: 'canary',
    displayName: 'Canary',
    email: 'canary@example.com',
    role: 'admin',
    password,
  }
  expect((await service.call('POST', '/users', { body })).status).toBe(201)
}

/** Main's heap as text, after a collection. */
async function heapOfMain(desk: Desk, folder: string): Promise<string> {
  const path = await desk.app.evaluate((_electron, into: string) => {
    const v8 = process.getBuiltinModule('node:v8')
    return v8.writeHeapSnapshot(`${into}/main-${process.hrtime.bigint()}.heapsnapshot`)
  }, folder)
  const text = await readFile(path, 'utf8')
  await rm(path)
  return text
}

/** The data key, opened from the keychain's own values by the passphrase, and a key made from it. */
async function keysOf(desk: Desk): Promise<readonly [Buffer, Buffer]> {
  const stored = new Map((await desk.secrets.stored()).map(({ account, password }) => [account, password]))
  const dataKey = await dataKeyOf(stored, lastPassphrase)
  return [dataKey, deriveForPurpose(dataKey, 'credentials')]
}

async function visitEveryScreen(page: Page, password: string): Promise<void> {
  const screens = page.getByRole('navigation', { name: 'Screens' })
  await screens.getByRole('button', { name: 'Security' }).click()
  await page.getByRole('combobox', { name: 'Timeout limit' }).selectOption('6 hours')
  await page.getByRole('button', { name: 'Update' }).click()
  await expect(page.getByRole('button', { name: 'Undo' })).toBeVisible()
  await screens.getByRole('button', { name: 'Users' }).click()
  await page.getByLabel('Search users').fill('member')
  await page
    .getByRole('row', { name: /member/i })
    .first()
    .click()
  await page.getByRole('button', { name: 'Revoke sessions' }).click()
  await page.getByRole('dialog').getByLabel('Reason').fill('A reason')
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
  await page.getByRole('button', { name: 'Settings' }).click()
  await expect(page.getByLabel('Lock after minutes without activity')).toBeVisible()
  await page.getByRole('button', { name: 'Add an instance' }).click()
  await page.getByLabel('Password', { exact: true }).fill(password)
}

test('B8: after every screen was used and Curfew has locked, no secret is left in any place that can be searched', async ({
  desk,
  service,
}) => {
  test.setTimeout(240_000)
  const folder = await mkdtemp(join(tmpdir(), 'curfew-heap-'))
  const second = await startTestService()
  const services = [service, second] as const
  const recorders = await Promise.all(services.map(({ url }) => startRecorder(url)))
  for (const [at, password] of passwords.entries()) await addCanary(services[at] ?? service, password)

  const page = await desk.open()
  await choosePassphrase(page, firstPassphrase)
  for (const [at, password] of passwords.entries()) {
    await page.getByRole('button', { name: 'Add an instance' }).click()
    const url = recorders[at]?.url ?? ''
    await typeInstance(page, { url, username: 'canary', password, name: `Canary ${at}` })
    await expect(page).toHaveTitle(`Canary ${at}`)
    await visitEveryScreen(page, password)
  }
  await page.getByRole('button', { name: 'Settings' }).click()
  await page.getByRole('button', { name: 'Change passphrase…' }).click()
  await page.getByLabel('Present passphrase').fill(firstPassphrase)
  await page.getByLabel('New passphrase', { exact: true }).fill(lastPassphrase)
  await page.getByLabel('Repeat new passphrase').fill(lastPassphrase)
  await page.getByRole('button', { name: 'Change passphrase', exact: true }).click()
  await expect(page.getByText('The passphrase is changed.')).toBeVisible()

  const tokens = recorders.flatMap((recorder) => recorder.tokens())
  const keys = await keysOf(desk)
  const pid = await desk.app.evaluate(() => process.pid)
  const secrets = [marker, ...tokens]

  // The searches find what is there: unlocked, main holds its session tokens and the data key.
  expect(tokens).toHaveLength(2)
  const unlocked = await heapOfMain(desk, folder)
  for (const token of tokens) expect(unlocked.includes(token)).toBe(true)
  expect(await heapOf(page)).toContain('Canary 1')
  if (process.platform === 'linux')
    for (const count of await countInMemory(pid, keys)) expect(count).toBeGreaterThan(0)

  await desk.lock()
  await expect(page.getByRole('button', { name: 'Unlock' })).toBeVisible()

  if (process.platform === 'linux') expect(await countInMemory(pid, keys)).toEqual([0, 0])
  const foundInMain = async () => {
    const heap = await heapOfMain(desk, folder)
    return [...secrets, ...keys.map((key) => key.toString('hex'))].filter((secret) => heap.includes(secret))
  }
  await expect.poll(foundInMain, { timeout: 60_000 }).toEqual([])
  const foundInWindow = async () => {
    await page.getByRole('button', { name: 'Unlock' }).count()
    const heap = await heapOf(page)
    return [...secrets, 'Canary 0', 'Canary 1', 'A reason'].filter((secret) => heap.includes(secret))
  }
  await expect.poll(foundInWindow, { timeout: 60_000 }).toEqual([])

  const files = await filesBelow(desk.dataFolder)
  for (const [file, content] of files)
    for (const secret of secrets)
      for (const disguise of disguises(secret)) expect(content.includes(disguise), file).toBe(false)
  for (const [file, content] of files)
    for (const key of keys) {
      expect(content.includes(key), file).toBe(false)
      expect(content.includes(key.toString('hex')), file).toBe(false)
      expect(content.includes(key.toString('base64url')), file).toBe(false)
    }
  for (const secret of secrets) expect(desk.printed()).not.toContain(secret)
  const stored = await desk.secrets.stored()
  expect(stored.filter(({ account }) => account.startsWith('instance:'))).toHaveLength(2)
  for (const { password } of stored)
    for (const secret of [...secrets, ...keys.map((key) => key.toString('base64url'))])
      expect(password).not.toContain(secret)

  await Promise.all(recorders.map((recorder) => recorder.stop()))
  await second.stop()
  await rm(folder, { recursive: true, force: true })
})
