import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { createKeytarKeychain, type Keytar } from '../../../../main/keychain/keytar-keychain.ts'
import type { SecretService } from '../../../../main/keychain/secret-service.ts'

/** A Linux keychain as the Secret Service shows it: what is stored, and what is locked away. */
interface FakeService {
  readonly stored: Map<string, string>
  lockedAccounts: ReadonlySet<string>
  isDefaultLocked: boolean
}

const openService = (stored = new Map<string, string>()): FakeService => ({
  stored,
  lockedAccounts: new Set(),
  isDefaultLocked: false,
})

function viewOf(service: FakeService): SecretService {
  return {
    async stand(_name, account) {
      const accounts = account === undefined ? [...service.stored.keys()] : [account]
      const found = accounts.filter((each) => service.stored.has(each))
      return {
        open: found.filter((each) => !service.lockedAccounts.has(each)),
        isLocked: found.some((each) => service.lockedAccounts.has(each)),
      }
    },
    accounts: async (open) => open,
    isDefaultLocked: async () => service.isDefaultLocked,
  }
}

function fakeKeytar(changes: Partial<Keytar> = {}) {
  const stored = new Map<string, string>()
  const calls: string[] = []
  const keytar: Keytar = {
    async getPassword(service, account) {
      calls.push(`get ${service}/${account}`)
      return stored.get(account) ?? null
    },
    async setPassword(_service, account, password) {
      calls.push(`set ${account} ${password}`)
      stored.set(account, password)
    },
    async deletePassword(_service, account) {
      return stored.delete(account)
    },
    async findCredentials() {
      return [...stored.keys()].map((account) => ({ account }))
    },
    ...changes,
  }
  return { stored, calls, keytar }
}

/** On a system whose keychain needs no second look, unless there is a service to look at. */
function keychainOver(
  keytar: Keytar,
  platform: NodeJS.Platform = 'darwin',
  timeoutMs = 1000,
  service?: FakeService,
) {
  const load = async () => keytar
  return createKeytarKeychain({
    load,
    platform,
    timeoutMs,
    ...(platform === 'linux' && { secretService: viewOf(service ?? openService(everything)) }),
  })
}

/** Has whatever is asked for, so that keytar is called. */
const everything = Object.assign(new Map<string, string>(), { has: () => true })

const failing = (message: string) =>
  fakeKeytar({ getPassword: () => Promise.reject(new Error(message)) }).keytar

describe('C1 the keychain', () => {
  test('C1 files its entries under “Curfew”, or under the name given', async () => {
    const { keytar, calls } = fakeKeytar()
    await keychainOver(keytar).get('a')
    await createKeytarKeychain({
      load: async () => keytar,
      platform: 'darwin',
      service: 'Curfew test',
    }).get('a')
    expect(calls).toEqual(['get Curfew/a', 'get Curfew test/a'])
  })

  test('C1 tells an entry that is missing from a keychain that is', async () => {
    const { keytar } = fakeKeytar()
    const keychain = keychainOver(keytar)
    expect(await keychain.get('a')).toBeUndefined()
    expect(await keychain.delete('a')).toBe(false)
    expect(await keychain.list()).toEqual([])
    await expect(
      keychainOver(failing('Cannot autolaunch D-Bus without X11 $DISPLAY'), 'linux').get('a'),
    ).rejects.toMatchObject({
      name: 'KeychainError',
      fault: 'absent',
    })
  })

  describe('C1 on Linux', () => {
    function linux() {
      const { keytar, stored, calls } = fakeKeytar()
      const service = openService(stored)
      const crash = () => Promise.reject(new Error('SIGSEGV'))
      const careful: Keytar = { ...keytar, findCredentials: crash }
      return { stored, calls, service, keychain: keychainOver(careful, 'linux', 1000, service) }
    }

    test('C1 tells what is locked from what is not there, and calls nothing that asks for a password', async () => {
      const { stored, calls, service, keychain } = linux()
      stored.set('a', 'x')
      service.lockedAccounts = new Set(['a'])
      const locked = { fault: 'locked', message: expect.stringMatching(/Nothing in it is lost/) }
      await expect(keychain.get('a')).rejects.toMatchObject(locked)
      await expect(keychain.set('a', 'y')).rejects.toMatchObject(locked)
      await expect(keychain.delete('a')).rejects.toMatchObject(locked)
      await expect(keychain.list()).rejects.toMatchObject(locked)
      await expect(keychain.look?.()).rejects.toMatchObject(locked)
      expect(calls).toEqual([])
      expect(stored.get('a')).toBe('x')
      expect(await keychain.get('b')).toBeUndefined()
      expect(await keychain.delete('b')).toBe(false)
    })

    test('C1 takes nothing for missing while the keyring that new entries go to is locked', async () => {
      const { service, keychain } = linux()
      service.isDefaultLocked = true
      await expect(keychain.get('a')).rejects.toMatchObject({ fault: 'locked' })
      await expect(keychain.delete('a')).rejects.toMatchObject({ fault: 'locked' })
      await expect(keychain.list()).rejects.toMatchObject({ fault: 'locked' })
      service.isDefaultLocked = false
      expect(await keychain.list()).toEqual([])
      await keychain.look?.()
    })

    test('C1 locked in the middle of reading or deleting is locked, not missing', async () => {
      const { keytar, stored } = fakeKeytar()
      const service = openService(stored)
      const lockNow = () => {
        service.lockedAccounts = new Set(['a'])
      }
      stored.set('a', 'x')
      const locking: Keytar = {
        ...keytar,
        getPassword: async () => {
          lockNow()
          return null
        },
        deletePassword: async () => {
          lockNow()
          return false
        },
      }
      const keychain = keychainOver(locking, 'linux', 1000, service)
      await expect(keychain.get('a')).rejects.toMatchObject({ fault: 'locked' })
      service.lockedAccounts = new Set()
      await expect(keychain.delete('a')).rejects.toMatchObject({ fault: 'locked' })
    })

    test('C1 has the system ask for a password only when told to', async () => {
      const { calls, service, keychain } = linux()
      service.isDefaultLocked = true
      await keychain.open()
      expect(calls).toEqual(['get Curfew/keyring', 'set probe probe'])
    })
  })

  test('C1 whose library lost its service says to start Curfew again, and never that something is missing', async () => {
    for (const said of [
      'The name :1.0 was not provided by any .service files',
      'The session wrapping the secret does not exist',
    ]) {
      await expect(keychainOver(failing(said), 'linux').get('a')).rejects.toMatchObject({
        fault: 'restarted',
        message: expect.stringMatching(/Quit Curfew and start it again/),
      })
    }
  })

  test('C1 takes one line of up to 2 500 characters, and nothing else', async () => {
    const { keytar, calls } = fakeKeytar()
    const keychain = keychainOver(keytar)
    await keychain.set('a', 'x'.repeat(2500))
    for (const value of ['', 'two\nlines', 'x'.repeat(2501), 'ü', 'a\0b']) {
      await expect(keychain.set('a', value)).rejects.toThrow(TypeError)
    }
    expect(calls).toHaveLength(1)
  })

  test.each([
    [
      'linux',
      'The name org.freedesktop.secrets was not provided by any .service files',
      'absent',
      /gnome-keyring.*KWallet/,
    ],
    ['linux', 'Could not connect: No such file or directory', 'absent', /gnome-keyring/],
    [
      'linux',
      'Object does not exist at path “/org/freedesktop/secrets/collection/login”',
      'locked',
      /default keyring/,
    ],
    ['linux', 'Cannot create an item in a locked collection', 'locked', /unlock/],
    ['linux', 'etwas auf Deutsch', 'failed', /gnome-keyring or KWallet/],
    ['darwin', 'User interaction is not allowed.', 'locked', /Keychain Access/],
    ['darwin', 'anything', 'failed', /“login” keychain/],
    ['win32', 'anything', 'failed', /Credential Manager/],
  ] as const)(
    'C1 on %s, “%s” is %s, in words that say what to do',
    async (platform, message, fault, words) => {
      const error = await keychainOver(failing(message), platform)
        .get('a')
        .catch((reason: unknown) => reason)
      expect(error).toMatchObject({ name: 'KeychainError', fault, message: expect.stringMatching(words) })
      expect((error as Error).message).not.toContain(message)
    },
  )

  test('C1 whose library can’t be loaded says which package is missing, and is tried again', async () => {
    const { keytar } = fakeKeytar()
    let loads = 0
    const keychain = createKeytarKeychain({
      platform: 'linux',
      secretService: viewOf(openService()),
      load: async () => {
        loads += 1
        if (loads === 1) throw new Error('libsecret-1.so.0: cannot open shared object file')
        return keytar
      },
    })
    await expect(keychain.get('a')).rejects.toMatchObject({
      fault: 'absent',
      message: expect.stringMatching(/libsecret/),
    })
    expect(await keychain.get('a')).toBeUndefined()
    await keychain.get('a')
    expect(loads).toBe(2)
  })

  test('C1 that does not answer is not waited for without end', async () => {
    const { keytar } = fakeKeytar({ getPassword: () => new Promise(() => {}) })
    const started = performance.now()
    await expect(keychainOver(keytar, 'linux', 50).get('a')).rejects.toMatchObject({ fault: 'timed-out' })
    expect(performance.now() - started).toBeLessThan(500)
  })

  test('C1 that answers late can’t overwrite what was stored since', async () => {
    const gate = Promise.withResolvers<void>()
    const { keytar, stored, calls } = fakeKeytar()
    const { setPassword } = keytar
    const slow: Keytar = {
      ...keytar,
      async setPassword(service, account, value) {
        if (value === 'old') await gate.promise
        await setPassword(service, account, value)
      },
    }
    const keychain = keychainOver(slow, 'linux', 40)
    await expect(keychain.set('a', 'old')).rejects.toMatchObject({ fault: 'timed-out' })
    const abandoned = keychain.set('a', 'given up while waiting')
    await expect(abandoned).rejects.toMatchObject({ fault: 'timed-out' })
    const newer = keychain.set('a', 'new')
    gate.resolve()
    await newer
    await delay(10)
    expect(stored.get('a')).toBe('new')
    expect(calls).toEqual(['set a old', 'set a new'])
  })

  test('C1 serves one call about an entry after the other, and different entries at once', async () => {
    let running = 0
    let most = 0
    const { keytar } = fakeKeytar({
      async getPassword() {
        running += 1
        most = Math.max(most, running)
        await delay(5)
        running -= 1
        return null
      },
    })
    const keychain = keychainOver(keytar)
    await Promise.all([keychain.get('a'), keychain.get('a'), keychain.get('a')])
    expect(most).toBe(1)
    await Promise.all([keychain.get('a'), keychain.get('b'), keychain.get('c')])
    expect(most).toBe(3)
  })

  test('C1 hanging takes no more than two threads: the next call fails at once, until one answers', async () => {
    const gate = Promise.withResolvers<null>()
    let calls = 0
    const { keytar } = fakeKeytar({
      getPassword() {
        calls += 1
        return calls <= 2 ? gate.promise : Promise.resolve('there')
      },
    })
    const keychain = keychainOver(keytar, 'linux', 30)
    for (const account of ['a', 'b']) {
      await expect(keychain.get(account)).rejects.toMatchObject({ fault: 'timed-out' })
    }
    await expect(keychain.get('c')).rejects.toMatchObject({ fault: 'timed-out' })
    expect(calls).toBe(2)
    gate.resolve(null)
    await delay(5)
    expect(await keychain.get('c')).toBe('there')
  })
})
