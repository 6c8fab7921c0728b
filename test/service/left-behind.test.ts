import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'

const starting = `
  import { startTestService } from './test/support/session-service.ts'
  console.log((await startTestService()).url)
`

test('A demo that an end-to-end test has started ends with the test, also one that is killed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'curfew-left-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const child = spawn(process.execPath, ['--input-type=module', '--eval', starting], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TMPDIR: folder },
  })
  const [url] = await once(createInterface(child.stdout), 'line')
  const isThere = () =>
    fetch(`${url}/health/live`).then(
      ({ ok }) => ok,
      () => false,
    )
  expect(await isThere()).toBe(true)
  child.kill('SIGKILL')
  await expect.poll(isThere, { timeout: 15_000 }).toBe(false)
}, 60_000)
