import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openConfStore } from '../../../../main/storage/conf-store.ts'
import { openKeptFile } from '../../../../main/storage/kept-file.ts'
import { createAttempts } from '../../../../main/vault/attempts.ts'
import { attemptsInFile, triesLayout } from '../../../../main/vault/tries-file.ts'
import { createVirtualTime } from '../../../support/virtual-time.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'curfew-tries-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const wrong = async () => 'wrong' as const

function openAttempts(folder: string, titles: string[] = []) {
  const file = openKeptFile(openConfStore, folder, triesLayout, ({ title }) => titles.push(title))
  return createAttempts({ clock: createVirtualTime().clock, stores: [attemptsInFile(file)] })
}

test('B8 wrong passphrases are counted in a file over restarts', async () => {
  for (let tries = 1; tries <= 3; tries += 1)
    expect(await openAttempts(folder).attempt(wrong)).toEqual({ outcome: 'wrong', retryInMs: 0 })
  expect(await openAttempts(folder).attempt(wrong)).toEqual({ outcome: 'wrong', retryInMs: 5000 })
})

test.each(['', 'damaged', '[]', '{}', '{"version":1}', '{"version":2}', '{"failures":-1}'])(
  'B8 a count that can’t be read (%j) makes the longest wait apply, also after the next start',
  async (text) => {
    writeFileSync(join(folder, 'unlock-tries.json'), text)
    const first = openAttempts(folder)
    await first.load()
    expect(first.retryInMs()).toBe(15 * 60_000)
    const second = openAttempts(folder)
    await second.load()
    expect(second.retryInMs()).toBe(15 * 60_000)
  },
)

test('B8 a count that can’t be read is told of by its name', async () => {
  writeFileSync(join(folder, 'unlock-tries.json'), 'damaged')
  const titles: string[] = []
  await openAttempts(folder, titles).load()
  expect(titles).toEqual(['The count of wrong passphrases could not be read'])
})
