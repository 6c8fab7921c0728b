import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { AuditKeyError, openAuditSeal, rotateKeyFile } from '../../../../service/store/audit-key-file.ts'
import {
  createAuditKeys,
  isSignedBy,
  KeyFile,
  keyId,
  newKeyFile,
  publicKeyOf,
  rotated,
} from '../../../../service/store/audit-keys.ts'
import { anchorStatement, createAuditSeal, type Head } from '../../../../service/store/audit-seal.ts'
import { newFolder } from './world.ts'

const place = { kind: 'head', seq: 3, hash: 'h', at: 5 } as const

describe('B6: the keys of a trail', () => {
  test('are called by what they are', () => {
    expect(keyId('A'.repeat(43))).toBe('Zmh6rfhivXdsj8GLjp-OIA')
    const { version, keys } = newKeyFile()
    expect(version).toBe(1)
    expect(keys).toHaveLength(1)
    expect(keys[0]?.id).toBe(keyId(keys[0]?.x ?? ''))
    expect(Math.abs(Date.parse(keys[0]?.createdAt ?? '') - Date.now())).toBeLessThan(60_000)
  })

  test('sign with the last one, and verify what any of them has signed', async () => {
    const file = rotated(newKeyFile())
    const [old, current] = file.keys
    const keys = createAuditKeys(file)
    const signature = keys.sign('text')
    expect(keys.currentId()).toBe(current?.id)
    expect(await keys.verify(current?.id ?? '', 'text', signature)).toBe(true)
    expect(await keys.verify(current?.id ?? '', 'other', signature)).toBe(false)
    expect(await keys.verify(old?.id ?? '', 'text', signature)).toBe(false)
    expect(await keys.verify('nobody', 'text', signature)).toBe(false)
    expect(keys.publicKeys()).toEqual(file.keys.map(({ id, x }) => ({ id, x })))
    const key = publicKeyOf(current ?? { x: '' })
    expect(isSignedBy(key, 'text', signature)).toBe(true)
    // The same bytes, written otherwise.
    for (const other of [
      `${signature}=`,
      `${signature} `,
      signature.replaceAll('-', '+').replaceAll('_', '/'),
      '',
    ])
      expect(other === signature || !isSignedBy(key, 'text', other)).toBe(true)
  })

  test('lose their private part when another takes over', () => {
    const first = newKeyFile()
    const second = rotated(first)
    const third = rotated(second)
    expect(third.version).toBe(1)
    expect(third.keys.map(({ d }) => d !== undefined)).toEqual([false, false, true])
    expect(third.keys.map(({ id }) => id).slice(0, 2)).toEqual(second.keys.map(({ id }) => id))
    const { d: _, ...kept } = first.keys[0] ?? { d: '' }
    expect(third.keys[0]).toEqual(kept)
  })

  test('must be able to sign', () => {
    const { keys } = rotated(newKeyFile())
    expect(() => createAuditKeys({ version: 1, keys: keys.slice(0, 1) })).toThrow(
      'There must be a key that signs.',
    )
    expect(() => createAuditKeys({ version: 1, keys: [] })).toThrow('There must be a key that signs.')
  })

  test('are read anew for one that is not known, and never for fewer than there were', async () => {
    const first = newKeyFile()
    const second = rotated(first)
    const by = createAuditKeys(second)
    const signature = by.sign('text')
    for (const [next, isFound] of [
      [second, true],
      [rotated(second), true],
      [undefined, false],
      [{ ...second, keys: second.keys.slice(1) }, false],
      [newKeyFile(), false],
    ] as const) {
      let reads = 0
      const keys = createAuditKeys(first, async () => {
        reads++
        return next
      })
      expect(await keys.verify(keys.currentId(), 'text', keys.sign('text'))).toBe(true)
      expect(reads).toBe(0)
      expect(await keys.verify(by.currentId(), 'text', signature)).toBe(isFound)
      expect(keys.currentId()).toBe((isFound ? next : first)?.keys.at(-1)?.id)
      expect(keys.publicKeys()).toHaveLength(isFound ? (next?.keys.length ?? 0) : 1)
      await keys.verify(by.currentId(), 'text', signature)
      expect(reads).toBe(isFound ? 1 : 2)
    }
    expect(await createAuditKeys(first).verify('other', 'text', signature)).toBe(false)
  })

  test('come from a file that says nothing else', () => {
    const { keys } = rotated(newKeyFile())
    const [old, current] = keys
    expect(KeyFile.safeParse({ version: 1, keys }).success).toBe(true)
    const bad: readonly unknown[] = [
      { version: 2, keys },
      { version: 1, keys, more: 1 },
      { version: 1, keys: [] },
      { version: 1 },
      { version: 1, keys: [{ ...current, more: 1 }] },
      { version: 1, keys: [{ ...current, id: '' }] },
      { version: 1, keys: [{ ...current, createdAt: undefined }] },
      { version: 1, keys: [{ ...current, x: `${current?.x}A` }] },
      { version: 1, keys: [{ ...current, d: `A${current?.d}` }] },
      { version: 1, keys: [{ ...current, d: current?.d?.slice(1) }] },
    ]
    for (const value of bad) expect([value, KeyFile.safeParse(value).success]).toEqual([value, false])
    const messageOf = (value: unknown) => KeyFile.safeParse(value).error?.issues.map(({ message }) => message)
    expect(messageOf({ version: 1, keys: [current, old] })).toEqual(['The last key has no private part.'])
    expect(messageOf({ version: 1, keys: [{ ...old, id: 'x' }, current] })).toEqual([
      'A key does not have the id it says.',
    ])
  })
})

describe('B6: the seal', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })
  const open = (kept?: Head, keep?: (head: Head) => Promise<void>) => {
    const written: Head[] = []
    const errors: string[] = []
    const seal = createAuditSeal(
      createAuditKeys(newKeyFile()),
      {
        kept,
        keep:
          keep ??
          (async (head) => {
            written.push(head)
          }),
      },
      ({ message }) => errors.push(message),
    )
    return { seal, written, errors }
  }
  const head = (seq: number) => ({ seq, hash: `h${seq}` })

  test('signs a place with everything it says', async () => {
    const { seal } = open()
    const anchor = seal.sign(place)
    expect(anchor).toEqual({ ...place, key_id: seal.keys.currentId(), signature: anchor.signature })
    expect(await seal.isGenuine(anchor)).toBe(true)
    for (const change of [
      { kind: 'cut' },
      { seq: 4 },
      { hash: 'x' },
      { at: 6 },
      { key_id: 'x' },
      { signature: 'x' },
    ] as const)
      expect(await seal.isGenuine({ ...anchor, ...change })).toBe(false)
    expect(anchorStatement({ ...place, key_id: 'k' })).toBe('["curfew audit anchor 1","head","k",3,"h",5]')
  })

  test('knows the newest head, and writes it outside after a quarter of a second, once', async () => {
    const { seal, written } = open(head(1))
    expect(seal.known()).toEqual(head(1))
    seal.remember(head(2), 'lasting')
    seal.remember(head(3), 'lasting')
    expect(seal.known()).toEqual(head(3))
    await vi.advanceTimersByTimeAsync(249)
    expect(written).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(written).toEqual([head(3)])
    await vi.advanceTimersByTimeAsync(10_000)
    expect(written).toEqual([head(3)])
    seal.remember(head(4), 'lasting')
    await vi.advanceTimersByTimeAsync(250)
    expect(written).toEqual([head(3), head(4)])
  })

  test('takes an older head for nothing new, and writes none outside that may be lost with the power', async () => {
    const { seal, written } = open(head(5))
    seal.remember(head(4), 'hasty')
    seal.remember({ seq: 5, hash: 'other' }, 'hasty')
    expect(seal.known()).toEqual(head(5))
    seal.remember(head(6), 'hasty')
    expect(seal.known()).toEqual(head(6))
    await vi.advanceTimersByTimeAsync(10_000)
    await seal.settled()
    expect(written).toEqual([])
    expect(open().seal.known()).toBeUndefined()
  })

  test('writes at once where somebody waits for it, and not again after that', async () => {
    const { seal, written } = open()
    seal.remember(head(1), 'lasting')
    await seal.settled()
    expect(written).toEqual([head(1)])
    await vi.advanceTimersByTimeAsync(10_000)
    seal.remember(head(2), 'lasting')
    await vi.advanceTimersByTimeAsync(250)
    expect(written).toEqual([head(1), head(2)])
  })

  test('writes one after the other, goes on after one that failed, and says that it did', async () => {
    const begun: number[] = []
    let end = () => {}
    const { seal, errors } = open(undefined, ({ seq }) => {
      begun.push(seq)
      if (seq === 1) return Promise.reject(new Error('full'))
      return new Promise<void>((resolve) => {
        end = resolve
      })
    })
    seal.remember(head(1), 'lasting')
    await seal.settled()
    expect(errors).toEqual(['full'])
    seal.remember(head(2), 'lasting')
    const settled = seal.settled()
    await vi.advanceTimersByTimeAsync(0)
    seal.remember(head(3), 'lasting')
    await vi.advanceTimersByTimeAsync(1_000)
    expect(begun).toEqual([1, 2])
    end()
    await settled
    await vi.advanceTimersByTimeAsync(0)
    expect(begun).toEqual([1, 2, 3])
  })
})

describe('B6: the key file', () => {
  const open = async (path: string, isSigned = false) => await openAuditSeal(path, { isSigned })

  test('is made where there is none, for its owner only, and read from then on', async () => {
    const folder = await newFolder()
    const path = join(folder, 'audit.key')
    const seal = await open(path)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readdir(folder)).toEqual(['audit.key'])
    const text = await readFile(path, 'utf8')
    expect(text).toBe(`${JSON.stringify(JSON.parse(text), undefined, 2)}\n`)
    const again = await open(path, true)
    expect(again.keys.currentId()).toBe(seal.keys.currentId())
    expect(await again.isGenuine(seal.sign(place))).toBe(true)
  })

  test('is closed to others where it was left open', async () => {
    const path = join(await newFolder(), 'audit.key')
    await open(path)
    await chmod(path, 0o644)
    await open(path)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  test('that is missing, foreign or unreadable is said so, in one line', async () => {
    const folder = await newFolder()
    const path = join(folder, 'audit.key')
    const saidBy = async (work: Promise<unknown>) => {
      const error = await work.then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
      expect(error).toBeInstanceOf(AuditKeyError)
      expect((error as Error).name).toBe('AuditKeyError')
      return (error as Error).message
    }
    expect(await saidBy(open(path, true))).toBe(
      `The audit trail is signed, and its key is not at ${path}. Put the file there from a backup or another replica; service/README.md says what to do when it is lost.`,
    )
    expect(await readdir(folder)).toEqual([])
    expect(await saidBy(rotateKeyFile(path))).toBe(`${path} is not there.`)
    expect(await saidBy(open(join(folder, 'none', 'audit.key')))).toMatch(
      /^The key of the audit trail can't be made: ENOENT/,
    )
    await mkdir(join(folder, 'folder'))
    expect(await saidBy(open(join(folder, 'folder')))).toBe(`${join(folder, 'folder')} can't be read.`)
    for (const text of ['', '{}', '{"version":1,"keys":[]}']) {
      await writeFile(path, text)
      expect(await saidBy(open(path))).toBe(`${path} is no file of this service. Put a backup in its place.`)
    }
    const good = join(folder, 'good.key')
    await open(good)
    for (const text of ['x', '{"version":2,"seq":1,"hash":"h"}', '{"version":1,"seq":0,"hash":"h"}']) {
      await writeFile(`${good}.head`, text)
      expect(await saidBy(open(good))).toBe(
        `${good}.head is no file of this service. Put a backup in its place.`,
      )
    }
  })

  test('made by another replica at the same moment is the one that counts', async () => {
    const path = join(await newFolder(), 'audit.key')
    const seals = await Promise.all([open(path), open(path), open(path)])
    expect(new Set(seals.map(({ keys }) => keys.currentId())).size).toBe(1)
  })

  test('has the last head beside it, which no older one replaces', async () => {
    const folder = await newFolder()
    const path = join(folder, 'audit.key')
    const seal = await open(path)
    expect(seal.known()).toBeUndefined()
    seal.remember({ seq: 7, hash: 'h7' }, 'lasting')
    await seal.settled()
    expect((await stat(`${path}.head`)).mode & 0o777).toBe(0o600)
    expect(JSON.parse(await readFile(`${path}.head`, 'utf8'))).toEqual({ version: 1, seq: 7, hash: 'h7' })
    const [one, other] = [await open(path), await open(path)]
    expect(one.known()).toEqual({ seq: 7, hash: 'h7' })
    one.remember({ seq: 9, hash: 'h9' }, 'lasting')
    await one.settled()
    for (const seq of [8, 9]) {
      other.remember({ seq, hash: 'other' }, 'lasting')
      await other.settled()
      expect((await open(path)).known()).toEqual({ seq: 9, hash: 'h9' })
    }
    expect((await readdir(folder)).sort()).toEqual(['audit.key', 'audit.key.head'])
  })

  test('can be given a new key, which replicas that run learn of', async () => {
    const folder = await newFolder()
    const path = join(folder, 'audit.key')
    const running = await open(path)
    const id = await rotateKeyFile(path)
    expect(id).not.toBe(running.keys.currentId())
    const newer = await open(path)
    expect(newer.keys.currentId()).toBe(id)
    expect(await newer.isGenuine(running.sign(place))).toBe(true)
    expect(await running.isGenuine(newer.sign(place))).toBe(true)
    expect(running.keys.currentId()).toBe(id)
    expect(await readdir(folder)).toEqual(['audit.key'])
    // A file that can't be read any more makes a foreign signature foreign, and nothing worse.
    await rotateKeyFile(path)
    const newest = (await open(path)).sign(place)
    await writeFile(path, 'x')
    expect(await running.isGenuine(newest)).toBe(false)
  })

  test('whose head can’t be written is said to whoever runs the service', async () => {
    const folder = await newFolder()
    const path = join(folder, 'audit.key')
    const errors: string[] = []
    const seal = await openAuditSeal(path, {
      isSigned: false,
      logError: ({ message }) => errors.push(message),
    })
    await mkdir(`${path}.head`)
    seal.remember({ seq: 1, hash: 'h' }, 'lasting')
    await seal.settled()
    expect(errors).toEqual([`${path}.head can't be read.`])
  })
})
