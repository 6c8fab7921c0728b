import { describe, expect, test } from 'vitest'
import type { Job } from '../../../../domain/job.ts'
import { createJobsStore } from '../../../../main/jobs/jobs-file.ts'
import { createKeyring } from '../../../../main/keyring/keyring.ts'
import { cheapScrypt } from '../../../support/cheap-scrypt.ts'
import { createMemoryKeychain } from '../../../support/memory-keychain.ts'

const job: Job = {
  id: '5d1c7e34-31a7-4a8e-9d37-0d4d5b1e7c22',
  title: 'Revoke all sessions of MARKER',
  startedAt: '2026-01-01T00:00:00Z',
  order: {
    kind: 'revoke-users',
    instance: '0b9f4f9e-7f3a-4c06-9a0e-3f6f0a2a8c11',
    reason: 'MARKER',
    includeOwn: false,
  },
  state: { status: 'done' },
  items: [{ id: 'u1', name: 'MARKER', outcome: { what: 'revoked', sessions: 2 } }],
}

async function build() {
  const keyring = createKeyring({ keychain: createMemoryKeychain(), scryptCost: cheapScrypt })
  await keyring.create('correct horse battery')
  const file = {
    value: '',
    async write(next: string) {
      file.value = next
    },
    async clear() {
      file.value = ''
    },
  }
  const told: string[] = []
  const store = createJobsStore(file, keyring.box, ({ title }) => told.push(title))
  return { keyring, file, told, store }
}

describe('the file of the jobs', () => {
  test('B8 holds nothing that could be read without the passphrase', async () => {
    const { file, store, keyring } = await build()
    await store.write([job])
    expect(store.read()).toEqual([job])
    const [, , , body = ''] = file.value.split('.')
    expect(file.value + Buffer.from(body, 'base64url').toString('latin1')).not.toContain('MARKER')
    keyring.seal()
    expect(() => store.read()).toThrow(/locked/)
    await expect(store.write([job])).rejects.toThrow(/locked/)
  })

  test('what was changed outside Curfew is told, and no report is made up from it', async () => {
    const { file, store, told } = await build()
    await store.write([job])
    file.value = `${file.value.slice(0, -4)}AAAA`
    expect(store.read()).toEqual([])
    expect(told).toEqual(['The reports of what was revoked could not be read'])
  })

  test('holds nothing once there is no report', async () => {
    const { file, store } = await build()
    await store.write([job])
    await store.write([])
    expect(file.value).toBe('')
    expect(store.read()).toEqual([])
  })
})
