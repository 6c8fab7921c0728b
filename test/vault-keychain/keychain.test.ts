import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type SecretService, secretServiceMissing, startSecretService } from '../support/secret-service.ts'

const script = fileURLToPath(new URL('scenario.ts', import.meta.url))
const missing = secretServiceMissing()
if (missing) console.warn(`The tests of the real keychain are skipped. ${missing}`)

/** Runs a scenario in a process of its own; answers what it printed, or the signal that ended it. */
async function run(env: Readonly<Record<string, string>>, ...words: string[]): Promise<unknown> {
  const {
    DBUS_SESSION_BUS_ADDRESS: _bus,
    DISPLAY: _display,
    WAYLAND_DISPLAY: _wayland,
    ...rest
  } = process.env
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [script, ...words], {
      env: { ...rest, ...env },
      timeout: 20_000,
    })
    return JSON.parse(stdout)
  } catch (error) {
    if (error instanceof Error && 'signal' in error && error.signal === 'SIGKILL') return 'killed'
    throw error
  }
}

describe.skipIf(missing)('C1 the real keychain', () => {
  let service: SecretService

  beforeAll(async () => {
    service = await startSecretService()
  })
  afterAll(() => service.stop())

  async function firstThatOpens(passphrases: readonly string[]): Promise<string | undefined> {
    for (const passphrase of passphrases) {
      const outcome = await run(service.env, 'unlock', passphrase)
      expect(outcome).toHaveProperty('value')
      if (JSON.stringify(outcome) === '{"value":{"outcome":"unlocked","password":"MARKER password"}}') {
        return passphrase
      }
    }
    return undefined
  }

  test('C1 keeps an entry of 2 500 bytes, and tells one that is missing from one that is there', async () => {
    expect(await run(service.env, 'round-trip')).toEqual({
      value: { missing: 'missing', kept: true, listed: ['a'], deleted: [true, false], left: [] },
    })
  })

  test('B8 holds the keyring over restarts, and nothing of it that could be read', async () => {
    expect(await run(service.env, 'create', 'MARKER passphrase', 'MARKER password')).toEqual({
      value: 'sealed',
    })
    expect(await run(service.env, 'unlock', 'MARKER passphrase')).toEqual({
      value: { outcome: 'unlocked', password: 'MARKER password' },
    })
    expect(await run(service.env, 'unlock', 'another')).toEqual({
      value: { outcome: 'wrong-passphrase', password: '' },
    })
    const stored = await service.stored('Curfew')
    expect(stored.map(({ account }) => account).toSorted()).toEqual([
      'instance:11111111-1111-4111-8111-111111111111',
      'keyring',
      'manifest',
    ])
    for (const { password } of stored) {
      expect(password).toMatch(/^curfew1\.[\w.-]{1,2490}$/)
      expect(Buffer.from(password, 'base64url').toString('latin1')).not.toContain('MARKER')
    }
  })

  test('B8 killed after any write of a passphrase change, the old or the new passphrase opens it', async () => {
    const opened = new Set<string>()
    let current = 'MARKER passphrase'
    for (let write = 1; write <= 5; write += 1) {
      const next = `passphrase ${write}`
      expect(await run(service.env, 'change', current, next, `${write}`)).toBe('killed')
      const works = await firstThatOpens([next, current])
      expect(works, `after write ${write}`).toBeDefined()
      opened.add(works === next ? 'next' : 'current')
      current = works ?? current
    }
    expect(opened).toEqual(new Set(['current', 'next']))
    expect(await run(service.env, 'change', current, 'the last one')).toEqual({ value: 'changed' })
  })

  test('B8 killed after any write of a passphrase change that replaces the key, exactly one opens it, and no old key stays', async () => {
    const opened: string[] = []
    let current = 'the last one'
    for (let write = 1; write <= 10; write += 1) {
      const next = `new key ${write}`
      expect(await run(service.env, 'replace', current, next, `${write}`)).toBe('killed')
      const works = await firstThatOpens([next, current])
      const other = works === next ? current : next
      expect(await run(service.env, 'unlock', other), `after write ${write}`).toEqual({
        value: { outcome: 'wrong-passphrase', password: '' },
      })
      opened.push(works === next ? 'next' : 'current')
      current = works ?? current
      expect((await service.stored('Curfew')).map(({ account }) => account).toSorted()).toEqual([
        'instance:11111111-1111-4111-8111-111111111111',
        'keyring',
        'manifest',
      ])
    }
    // The fourth write is that of `keyring`.
    expect(opened).toEqual([...Array(3).fill('current'), ...Array(7).fill('next')])
    expect(await run(service.env, 'replace', current, 'the last key')).toEqual({ value: 'changed' })
  }, 240_000)

  test('C1 is empty once everything was forgotten', async () => {
    expect(await run(service.env, 'forget')).toEqual({ value: [] })
    expect(await service.stored('Curfew')).toEqual([])
  })
})

describe.skipIf(missing)('C1 a keychain', () => {
  test.each([
    ['no D-Bus session', {}],
    ['a D-Bus session that is gone', { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent/bus' }],
  ])('C1 that is missing (%s) is told quickly, with what to install', async (_what, env) => {
    expect(await run(env, 'read')).toEqual({
      error: {
        fault: 'absent',
        message: expect.stringMatching(/Install a Secret Service, such as gnome-keyring/),
      },
      milliseconds: expect.toSatisfy((milliseconds: number) => milliseconds < 3000),
    })
  })

  test('C1 that is there, but has no default keyring yet, is told apart, with what to make', async () => {
    const service = await startSecretService({ keyring: 'none' })
    try {
      expect(await run(service.env, 'read')).toEqual({})
      expect(await run(service.env, 'round-trip')).toMatchObject({
        error: { fault: 'locked', message: expect.stringMatching(/default keyring/) },
      })
    } finally {
      await service.stop()
    }
  })

  test('C1 that has ended is told as missing', async () => {
    const service = await startSecretService()
    await service.stop()
    expect(await run(service.env, 'read')).toMatchObject({ error: { fault: 'absent' } })
  })
})
