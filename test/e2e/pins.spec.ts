import { createHash, createPublicKey } from 'node:crypto'
import { chooseHost } from '../../scripts/host.ts'
import { startPretender } from '../support/pretender.ts'
import { trustedAuthority } from './support/authority.ts'
import { choosePassphrase, typeInstance, unlock } from './support/desk.ts'
import { expect, test } from './support/fixtures.ts'

const host = await chooseHost()

/** The pin as whoever runs the server works it out, from its key. */
const pinOf = (privateKey: string) =>
  createHash('sha256')
    .update(createPublicKey(privateKey).export({ type: 'spki', format: 'der' }))
    .digest('base64')

test.describe('a server that is held to its certificate', () => {
  test.skip(
    host.name === 'stand-in',
    'The stand-in’s requests are Node’s own, which show nobody the certificate.',
  )
  test.skip(
    process.platform !== 'linux',
    'Only on Linux can a test have an authority trusted without asking the person.',
  )

  test('B8: once it is replaced by another that this computer trusts as well, nothing at all is sent there', async ({
    desk,
  }) => {
    const authority = await trustedAuthority(desk.secrets.env['HOME'] ?? '')
    const [own, other] = [await authority.certify(), await authority.certify()]
    const [pin, otherPin] = [pinOf(own.key), pinOf(other.key)]
    const server = await startPretender('the-server', 0, own)
    const port = Number(new URL(server.url).port)
    let page = await desk.open()
    await choosePassphrase(page)
    await page.getByRole('button', { name: 'Add an instance' }).click()
    await page.getByRole('checkbox', { name: 'Pin this server’s certificate' }).check()
    await typeInstance(page, { url: server.url, password: 'typed password' })
    await expect(page.getByRole('heading', { name: 'Security', level: 1 })).toBeVisible()
    // What was asked outside the window named the very key, and before the answer nothing was sent.
    expect((await desk.asked()).at(-1)).toContain(pin)
    expect(server.received.map(({ path }) => path).slice(0, 2)).toEqual(['/server', '/server'])
    await desk.quit()
    await server.stop()

    const thief = await startPretender('the-server', port, other)
    page = await desk.open()
    await unlock(page)
    const banner = page.getByRole('region', { name: 'Connection' })
    await expect(banner).toContainText(pin)
    await expect(banner).toContainText(otherPin)
    await banner.getByRole('button', { name: 'Retry' }).click()
    await expect.poll(() => thief.connections).toBeGreaterThan(1)
    expect(thief.received).toEqual([])

    // Whoever runs it says that the key was changed: the new one is pinned, with the password typed again.
    await page.getByRole('button', { name: 'Settings' }).click()
    await page.getByRole('button', { name: 'Pin another certificate of Test service' }).click()
    await page.getByLabel('Password of owner').fill('typed password again')
    await page.getByRole('button', { name: 'Look at the certificate' }).click()
    await expect(page.getByText(otherPin)).toBeVisible()
    expect((await desk.asked()).at(-1)).toContain(otherPin)
    await expect(page.getByText(/Offline since/).first()).toBeHidden()
    expect(thief.received.map(({ path }) => path)).toContain('/sign-in')
    await thief.stop()
  })
})
