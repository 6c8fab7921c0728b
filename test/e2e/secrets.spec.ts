import { disguises, filesBelow, heapOf } from './support/canary.ts'
import { choosePassphrase, typeInstance, unlock } from './support/desk.ts'
import { asOwner, expect, test } from './support/fixtures.ts'

const marker = 'CANARY7f3a91'
const markedPassphrase = `${marker} passphrase`
const markedPassword = `${marker}-lamp-otter`

test('C1: no passphrase or password is found in a file, in what was printed, in the keychain or in the window', {
  tag: '@smoke',
}, async ({ desk, service }) => {
  const added = await service.call('POST', '/users', {
    body: {
      username: 'canary',
      displayName: 'Canary',
      email: 'canary@example.com',
      role: 'admin',
      password: markedPassword,
    },
  })
  expect(added.status).toBe(201)

  const page = await desk.open()
  await choosePassphrase(page, markedPassphrase)
  await page.getByRole('button', { name: 'Add an instance' }).click()
  await typeInstance(page, { url: asOwner(service).url, username: 'canary', password: markedPassword })
  await expect(page.getByRole('heading', { name: 'Security', level: 1 })).toBeVisible()
  await desk.lock()
  await unlock(page, `${marker} wrong`)
  await expect(page.getByText('That is not the passphrase.')).toBeVisible()
  await unlock(page, markedPassphrase)
  await expect(page.getByRole('heading', { name: 'Security', level: 1 })).toBeVisible()

  // The search finds what is there, the name that was typed beside the secrets; and nothing keeps the secrets.
  expect(await heapOf(page)).toContain('canary')
  const findsMarker = async () => {
    // The test's own queries leave the last text they matched behind, in a world of their own: another moves it on.
    await page.getByRole('button', { name: 'Update' }).count()
    return (await heapOf(page)).includes(marker)
  }
  await expect.poll(findsMarker, { timeout: 30_000 }).toBe(false)

  const files = await filesBelow(desk.dataFolder)
  expect([...files.values()].some((content) => content.includes('canary'))).toBe(true)
  for (const [file, content] of files)
    for (const disguise of disguises(marker)) expect(content.includes(disguise), file).toBe(false)

  expect(desk.printed()).not.toContain(marker)
  const stored = await desk.secrets.stored()
  expect(stored.map(({ account }) => account.split(':')[0]).sort()).toContain('instance')
  for (const { password } of stored) expect(password).not.toContain(marker)
})
