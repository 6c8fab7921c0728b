import { globSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import manifest from '../../package.json' with { type: 'json' }
import { chooseHost } from '../../scripts/host.ts'
import { createPublisher, release, startFeed } from '../support/update-feed.ts'
import { type Desk, setUpWith } from './support/desk.ts'
import { asOwner, expect, test } from './support/fixtures.ts'

const host = await chooseHost()
const publisher = createPublisher()
const name = process.platform === 'linux' ? { name: 'latest-linux.yml' } : {}

test.describe('C7 updates, on Electron’s own network', () => {
  test.skip(host.name === 'stand-in', 'The stand-in can’t be told to trust a test’s certificate.')
  test.skip(process.platform !== 'linux', 'The feed here is the one for Linux.')

  /** Curfew with a feed that the organisation has named, on *Settings*. */
  async function openSettings(desk: Desk, service: Parameters<typeof asOwner>[0], feed: string) {
    const policy = join(desk.dataFolder, 'policy.json')
    await writeFile(policy, JSON.stringify({ updates: { feed, keys: [publisher.publicKey] } }))
    const page = await desk.open({ CURFEW_POLICY_FILE: policy })
    await desk.app.evaluate(({ session }) => {
      const own = session.fromPartition('curfew-updates', { cache: false })
      const trusting = own as unknown as { setCertificateVerifyProc(verify: unknown): void }
      trusting.setCertificateVerifyProc((_asked: unknown, answer: (trust: number) => void) => answer(0))
    })
    await setUpWith(page, asOwner(service))
    await page.getByRole('button', { name: 'Settings' }).click()
    return page.getByRole('region', { name: 'Updates' })
  }

  test('C7: a newer version is told of when asked for; its notes are text; a redirect to http is not followed', async ({
    desk,
    service,
  }) => {
    const feed = await startFeed()
    let askedPlainly = 0
    const plain = createServer((_request, response) => {
      askedPlainly += 1
      response.end()
    })
    await new Promise<void>((done) => plain.listen(0, '127.0.0.1', done))
    const updates = await openSettings(desk, service, feed.url)

    const location = `http://127.0.0.1:${(plain.address() as AddressInfo).port}/latest-linux.yml`
    feed.answer((_request, response) => response.writeHead(302, { location }).end())
    await updates.getByRole('button', { name: 'Check for updates' }).click()
    await expect(updates.getByRole('alert')).toContainText('an address that is not https')
    expect(askedPlainly).toBe(0)

    const folder = release('7.0.0', publisher, {
      ...name,
      notes: '<h1>Big</h1><script>window.ran = 1</script>',
    })
    feed.answer((request, response) => {
      const path = (request.url ?? '').slice(1)
      if (path.startsWith('cdn/')) response.end(folder[path.slice(4)])
      else response.writeHead(302, { location: `/cdn/${path}` }).end()
    })
    await updates.getByRole('button', { name: 'Check for updates' }).click()
    await expect(updates.getByRole('status')).toContainText('7.0.0 is available')
    await updates.getByText('What is new in 7.0.0').click()
    await expect(updates.getByText('<h1>Big</h1><script>window.ran = 1</script>')).toBeVisible()
    expect(await desk.page.evaluate(() => 'ran' in window)).toBe(false)
    // From source nothing is ever installed.
    await expect(updates.getByRole('button', { name: /Download/ })).toHaveCount(0)

    feed.answer(release('8.0.0', createPublisher(), name))
    await updates.getByRole('button', { name: 'Check for updates' }).click()
    await expect(updates.getByRole('alert')).toContainText('not signed by')
    await feed.stop()
    plain.close()
  })

  test('C7: electron-updater, as it is bundled, starts on Electron and finds this system’s installer', async ({
    desk,
  }) => {
    await desk.open()
    const [chunk = ''] = globSync('dist/node/shared/*.js').filter((path) => /^main-/.test(path.slice(17)))
    const found = await desk.app.evaluate(
      async (_electron, url) => {
        const { Script, constants } = process.getBuiltinModule('node:vm')
        const load = new Script('(url) => import(url)', {
          importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
        }).runInThisContext()
        const { autoUpdater } = ((await load(url)) as { default: { autoUpdater: object } }).default
        const { currentVersion } = autoUpdater as { currentVersion?: object }
        return { version: String(currentVersion), installs: 'install' in autoUpdater }
      },
      pathToFileURL(resolve(chunk)).href,
    )
    expect(found).toEqual({ version: manifest.version, installs: true })
  })
})
