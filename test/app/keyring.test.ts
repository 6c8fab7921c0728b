import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { entryNames } from '../../main/keyring/entry-names.ts'
import { secretServiceMissing, startSecretService } from '../support/secret-service.ts'
import { ownerPassword, startTestService } from '../support/session-service.ts'

const script = fileURLToPath(new URL('keyring-process.ts', import.meta.url))
const missing = secretServiceMissing()
if (missing) console.warn(`The test of the app over the real keychain is skipped. ${missing}`)

describe.skipIf(missing)('the app over the real keychain', () => {
  test('C1: signs in, locks, unlocks and goes on after a restart; the keychain holds sealed values only', async () => {
    const [keyring, service] = await Promise.all([startSecretService(), startTestService()])
    const folder = await mkdtemp(join(tmpdir(), 'curfew-app-'))
    const run = async (step: 'begin' | 'go-on') => {
      const { stdout } = await promisify(execFile)(process.execPath, [script, step, folder, service.url], {
        env: { ...process.env, ...keyring.env },
        timeout: 25_000,
      })
      return JSON.parse(stdout)
    }
    try {
      const fine = { outcome: 'unlocked', read: true, faults: [] }
      expect(await run('begin')).toEqual({ before: 'new', ...fine })
      expect(await run('go-on')).toEqual({ before: 'locked', ...fine })
      const stored = await keyring.stored('Curfew')
      // The count of wrong passphrases is no secret.
      const secret = stored.filter(({ account }) => account !== entryNames.attempts)
      expect(secret.map(({ account }) => account.split(':')[0]).toSorted()).toEqual([
        'instance',
        'keyring',
        'manifest',
      ])
      for (const { password } of secret) expect(password).toMatch(/^curfew1\./)
      expect(JSON.stringify(stored)).not.toContain(ownerPassword)
    } finally {
      await service.stop()
      await keyring.stop()
      await rm(folder, { recursive: true, force: true, maxRetries: 3 })
    }
  }, 60_000)
})
