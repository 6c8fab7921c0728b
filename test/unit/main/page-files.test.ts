import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { contentSecurityPolicy } from '../../../main/shell/content-security-policy.ts'
import { isAppUrl } from '../../../main/shell/origin.ts'
import { pagePath, readPageFile } from '../../../main/shell/page-files.ts'

const home = mkdtempSync(join(tmpdir(), 'curfew-pages-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))
const folder = join(home, 'renderer')
mkdirSync(folder)
mkdirSync(join(home, 'renderer-evil'))
writeFileSync(join(folder, 'index.html'), '<p>Page</p>')
writeFileSync(join(folder, 'notes.txt'), 'not a page')
writeFileSync(join(home, 'renderer-evil', 'index.html'), 'evil')
if (process.platform !== 'win32') writeFileSync(join(folder, 'index.html:index.html'), 'a stream')

test('serves a page with its type', async () => {
  const file = await readPageFile(folder, 'app://curfew/index.html')
  expect(file?.contentType).toBe('text/html; charset=utf-8')
  expect(file?.content.toString()).toBe('<p>Page</p>')
})

test.each([
  'app://curfew/',
  'app://curfew/missing.html',
  'app://curfew/notes.txt',
  'app://curfew/..%2frenderer-evil/index.html',
  'app://curfew/%2e%2e/renderer-evil/index.html',
  'app://curfew/index.html%00.js',
  'app://curfew/..%5crenderer-evil%5cindex.html',
  'app://curfew/%E0%A4%A.html',
  'app://curfew/C:/index.html',
  'app://curfew/C%3a%5cindex.html',
  'app://curfew/index.html::$DATA',
  'app://curfew/index.html:index.html',
  'app://curfew/%5c%5cserver%5cshare%5cindex.html',
  'app://curfew/%252e%252e/renderer-evil/index.html',
])('serves nothing for %s', async (url) => {
  expect(await readPageFile(folder, url)).toBeUndefined()
})

test('no path of a URL ever leaves the folder', () => {
  const segment = fc.oneof(fc.constantFrom('..', '%2e%2e', '.', '%2f', '%5c', '//', '%252e'), fc.string())
  fc.assert(
    fc.property(fc.array(segment), (segments) => {
      const path = pagePath(folder, `app://curfew/${segments.join('/')}`)
      if (path !== undefined) expect(path.startsWith(`${folder}/`)).toBe(true)
    }),
    { numRuns: 2_000 },
  )
})

test('only Curfew’s own origin is its own', () => {
  expect(isAppUrl('app://curfew/index.html')).toBe(true)
  for (const url of [
    'app://curfew.evil/',
    'app://evil/curfew',
    'https://curfew/',
    'about:blank',
    '',
    'app://curfew@evil/',
  ])
    expect(isAppUrl(url)).toBe(false)
})

test('the content security policy allows nothing inline but styles with the nonce', () => {
  const policy = contentSecurityPolicy('abc')
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("script-src 'self';")
  expect(policy).toContain("style-src 'self' 'nonce-abc'")
  expect(policy).not.toContain('unsafe')
})
