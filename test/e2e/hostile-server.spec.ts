import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { choosePassphrase, passphrase, typeInstance } from './support/desk.ts'
import { expect, test } from './support/fixtures.ts'

const markup = '<img src=x onerror="window.ran=1"><script>window.ran=1</script>'
const json = { 'content-type': 'application/json' }
const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20))

/** What it does next; all but the last is for one try to add it each. */
const harm: readonly (readonly [what: string, answer: RequestListener, said: RegExp])[] = [
  [
    'an answer that unpacks to a thousand times its size',
    (_, response) => response.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end(bomb),
    /more than Curfew reads at once/,
  ],
  ['a page of its own', (_, response) => response.writeHead(200).end(markup), /Check the address/],
  [
    'an answer without an end',
    (_, response) => {
      const more = () => {
        while (!response.closed && response.write(' '.repeat(65_536)));
      }
      response.writeHead(200, json).on('drain', more)
      more()
    },
    /more than Curfew reads at once/,
  ],
  [
    'a redirect to a file',
    (_, response) => response.writeHead(302, { location: 'file:///etc/hostname' }).end(),
    /points to another address/,
  ],
  [
    'deep nesting',
    (_, response) => response.writeHead(200, json).end('['.repeat(100_000)),
    /more than Curfew/,
  ],
  [
    'a problem in markup',
    (_, response) =>
      response
        .writeHead(500, { 'content-type': 'application/problem+json' })
        .end(JSON.stringify({ code: markup, title: markup, detail: markup })),
    /127\.0\.0\.1/,
  ],
]

test('C2: a server that means harm gets a sentence, and neither the password nor anything into the window', async ({
  desk,
}) => {
  let answer: RequestListener = (_request, response) => response.end()
  const posts: string[] = []
  let asked = 0
  const server = createServer((request, response) => {
    asked += 1
    if (request.method === 'POST') posts.push(request.url ?? '')
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const page = await desk.open()
  await choosePassphrase(page)
  await page.getByRole('button', { name: 'Add an instance' }).click()
  for (const [what, next, said] of harm) {
    answer = next
    const before = asked
    await typeInstance(page, { url, password: passphrase, name: '<b>x</b>' })
    await expect.poll(() => asked, what).toBeGreaterThan(before)
    await expect(page.getByRole('alert').filter({ hasText: said }).first(), what).toBeVisible()
    expect(await page.evaluate(() => 'ran' in window), what).toBe(false)
  }
  expect(posts).toEqual([])
  expect(desk.printed()).not.toContain(passphrase)
  server.closeAllConnections()
  server.close()
})
