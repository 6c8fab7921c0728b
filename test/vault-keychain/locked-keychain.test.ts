import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type SecretService, secretServiceMissing, startSecretService } from '../support/secret-service.ts'
import type { Calls } from './vault-process.ts'

const script = fileURLToPath(new URL('vault-process.ts', import.meta.url))
const missing = secretServiceMissing()
if (missing) console.warn(`The tests of a locked keychain are skipped. ${missing}`)

const passphrase = 'a passphrase of some length'
const one = '11111111-1111-4111-8111-111111111111'
const two = '22222222-2222-4222-8222-222222222222'

/** A vault in a process of its own. Every call rejects once that process is gone. */
interface RunningVault {
  call(name: keyof Calls, ...words: string[]): Promise<unknown>
  quit(): Promise<void>
}

function start(env: Readonly<Record<string, string>>): RunningVault {
  const { DISPLAY: _display, WAYLAND_DISPLAY: _wayland, ...rest } = process.env
  const child: ChildProcessWithoutNullStreams = spawn(process.execPath, [script], {
    env: { ...rest, ...env },
  })
  const waiting: PromiseWithResolvers<unknown>[] = []
  let said = ''
  let gone: Error | undefined
  child.stderr.on('data', (data: Buffer) => {
    said += data.toString()
  })
  createInterface(child.stdout).on('line', (line) => waiting.shift()?.resolve(JSON.parse(line)))
  const ended = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      gone = new Error(`The process has ended: ${signal ?? code}. ${said}`)
      for (const each of waiting) each.reject(gone)
      resolve()
    })
  })
  return {
    call(name, ...words) {
      const answer = Promise.withResolvers<unknown>()
      if (gone) answer.reject(gone)
      else waiting.push(answer)
      child.stdin.write(`${JSON.stringify([name, ...words])}\n`)
      return answer.promise
    },
    async quit() {
      child.stdin.end()
      await ended
    },
  }
}

const locked = {
  status: 'no-keychain',
  fault: 'locked',
  help: expect.stringMatching(/Nothing in it is lost/),
}
const atTheLock = { status: 'locked', reason: expect.any(String), retryInMs: 0 }
const lockedProblem = {
  ok: false,
  problem: { code: 'keychain-locked', message: expect.stringMatching(/Nothing in it is lost/) },
}
const unlocked = { ok: true, value: { outcome: 'unlocked' } }
const done = { ok: true }

describe.skipIf(missing)('C1 a keychain that is there', () => {
  let service: SecretService
  let vault: RunningVault

  beforeEach(async () => {
    service = await startSecretService()
    vault = start(service.env)
    expect(await vault.call('state')).toEqual({ status: 'new' })
    expect(await vault.call('setUp', passphrase)).toEqual(done)
    expect(await vault.call('write', one, 'the first password')).toEqual(done)
    expect(await vault.call('write', two, 'the second password')).toEqual(done)
  })
  afterEach(async () => {
    await vault.quit()
    await service.stop()
  })

  async function startAgain(): Promise<void> {
    await vault.quit()
    vault = start(service.env)
  }

  async function stillHasBoth(): Promise<void> {
    expect(await vault.call('read', one)).toEqual({ ok: true, value: 'the first password' })
    expect(await vault.call('read', two)).toEqual({ ok: true, value: 'the second password' })
  }

  test('C1 and locked at the start is said to be locked, and Curfew goes on once it is open', async () => {
    await service.lock()
    await startAgain()
    expect(await vault.call('state')).toEqual(locked)
    expect(await vault.call('unlock', passphrase)).toMatchObject(lockedProblem)
    expect(await vault.call('openKeychain')).toMatchObject(done)
    expect(await vault.call('state')).toEqual(locked)
    await service.unlock()
    await expect.poll(() => vault.call('told'), { timeout: 10_000 }).toEqual(atTheLock)
    expect(await vault.call('unlock', passphrase)).toEqual(unlocked)
    await stillHasBoth()
  })

  test('C1 and locked at the very first start is not taken for an empty one', async () => {
    expect(await vault.call('forgetEverything')).toMatchObject(done)
    await service.lock()
    await startAgain()
    expect(await vault.call('state')).toEqual(locked)
    expect(await vault.call('setUp', passphrase)).toMatchObject(lockedProblem)
    await service.unlock()
    await expect.poll(() => vault.call('told'), { timeout: 10_000 }).toEqual({ status: 'new' })
  })

  test('C1 and locked while Curfew is: the right passphrase is told so, and nothing is advised to be destroyed', async () => {
    await vault.call('lock')
    await service.lock()
    const answer = await vault.call('unlock', passphrase)
    expect(answer).toMatchObject(lockedProblem)
    expect(JSON.stringify(answer)).not.toMatch(/deleted|Forget everything|backup/)
    expect(await vault.call('told')).toEqual(locked)
    await service.unlock()
    await expect.poll(() => vault.call('told'), { timeout: 10_000 }).toEqual(atTheLock)
    expect(await vault.call('unlock', passphrase)).toEqual(unlocked)
    await stillHasBoth()
  })

  test('C1 and locked while Curfew is unlocked: nothing is read, written, deleted or forgotten, and nothing lost', async () => {
    await service.lock()
    expect(await vault.call('read', one)).toMatchObject(lockedProblem)
    expect(await vault.call('write', one, 'another')).toMatchObject(lockedProblem)
    expect(await vault.call('delete', two)).toMatchObject(lockedProblem)
    expect(await vault.call('read', 'never-stored')).toMatchObject(lockedProblem)
    await service.unlock()
    await stillHasBoth()
    await service.lock()
    expect(await vault.call('forgetEverything')).toMatchObject(lockedProblem)
    await service.unlock()
    expect(await vault.call('unlock', passphrase)).toEqual(unlocked)
    await stillHasBoth()
  })

  test('C1 whose entries are in a keyring that is locked, and new ones go to another, is said to be locked', async () => {
    await service.changeDefault()
    await service.lock()
    await startAgain()
    expect(await vault.call('state')).toEqual(locked)
    expect(await vault.call('forgetEverything')).toMatchObject(lockedProblem)
    await service.unlock()
    expect(await vault.call('unlock', passphrase)).toEqual(unlocked)
    await stillHasBoth()
  })

  test('C1 and was deleted as a whole is told from a locked one, and the app begins anew', async () => {
    await service.deleteKeyring()
    expect(await vault.call('read', one)).toMatchObject({ problem: { code: 'password-needed' } })
    await vault.call('lock')
    expect(await vault.call('unlock', passphrase)).toMatchObject({
      problem: { code: 'keychain-unavailable', message: expect.stringMatching(/deleted.*backup/) },
    })
    expect(await vault.call('told')).toMatchObject(atTheLock)
    await service.changeDefault()
    await startAgain()
    expect(await vault.call('state')).toEqual({ status: 'new' })
    expect(await vault.call('setUp', passphrase)).toMatchObject(done)
    expect(await vault.call('read', one)).toMatchObject({ problem: { code: 'password-needed' } })
    expect(await vault.call('write', one, 'typed again')).toMatchObject(done)
    expect(await vault.call('read', one)).toEqual({ ok: true, value: 'typed again' })
  })

  test('C1 and lost one entry asks for that password alone, which can be typed again', async () => {
    await service.deleteEntry('Curfew', `instance:${one}`)
    expect(await vault.call('read', one)).toMatchObject({
      problem: { code: 'password-needed', message: expect.stringMatching(/was deleted from the keychain/) },
    })
    expect(await vault.call('read', two)).toEqual({ ok: true, value: 'the second password' })
    expect(await vault.call('write', one, 'the first password')).toMatchObject(done)
    await stillHasBoth()
  })

  test('C1 and holds entries of others under Curfew’s name is listed all the same', async () => {
    await service.addForeignEntry('Curfew')
    await service.deleteEntry('Curfew', 'keyring')
    await startAgain()
    expect(await vault.call('state')).toEqual(atTheLock)
    expect(await vault.call('unlock', passphrase)).toMatchObject({
      problem: { message: expect.stringMatching(/“keyring”.*deleted/) },
    })
  })

  test('C1 whose daemon was killed: nothing is taken for lost, and a restart of Curfew reads it again', async () => {
    await service.restartKeyring()
    const answer = await vault.call('read', one)
    expect(JSON.stringify(answer)).not.toMatch(/deleted|Forget everything|backup|Install/)
    if (JSON.stringify(answer) !== '{"ok":true,"value":"the first password"}')
      expect(answer).toMatchObject({
        // Whoever asks while the new daemon is not there yet, or is still locked, is told so.
        problem: { message: expect.stringMatching(/Quit Curfew and start it again|Nothing in it is lost/) },
      })
    await startAgain()
    await vault.call('state')
    expect(await vault.call('unlock', passphrase)).toEqual(unlocked)
    await stillHasBoth()
  })
})
