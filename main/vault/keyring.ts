import { randomBytes, timingSafeEqual } from 'node:crypto'
import { type Keychain, KeychainError, keychainValueMaxBytes } from './keychain.ts'
import { KeyringError } from './keyring-error.ts'
import {
  announce,
  decodeManifest,
  encodeManifest,
  generationOf,
  type Manifest,
  newManifest,
  settle,
} from './manifest.ts'
import { defaultScryptCost, type ScryptCost } from './passphrase.ts'
import { deriveForPurpose, openBytes, openText, type Random, sealBytes, sealText } from './seal.ts'
import { createWrap, parseWrap, unwrap, type Wrap } from './wrap.ts'

/** Seals and opens texts for one purpose, for example drafts or snapshots. */
export interface Box {
  /** One line. `associated` says what it belongs to; it opens only with the same. Throws while locked. */
  seal(text: string, associated: string): string
  /** Throws {@link KeyringError} while locked, and where the text is not what was sealed. */
  open(sealed: string, associated: string): string
}

/** The app's sealed set of secrets inside the operating system's keychain. */
export interface Keyring {
  /**
   * `new`: no passphrase has been chosen; `sealed`: there is one; `damaged`: there are entries, but the one
   * that holds the key has been deleted, and they can't be opened any more.
   *
   * @throws {KeychainError}
   */
  status(): Promise<'new' | 'sealed' | 'damaged'>
  readonly isOpen: boolean
  /** Chooses the passphrase and opens the keyring. @throws {KeyringError} `exists` */
  create(passphrase: string): Promise<Opening>
  /**
   * Opens the keyring. What a crash left half-done is finished or undone first.
   *
   * @throws {KeychainError}
   * @throws {KeyringError} naming the entry of the keyring that was deleted, changed or exchanged
   */
  unlock(passphrase: string): Promise<Opening | 'wrong-passphrase'>
  /** Forgets every key, at once; an opening that is under way comes to nothing. */
  seal(): void
  /**
   * Wraps the data key by another passphrase; no other entry is touched. Wherever it is interrupted, the current
   * passphrase or the next one opens the keyring.
   */
  changePassphrase(current: string, next: string): Promise<'changed' | 'wrong-passphrase'>
  readonly credentials: {
    /** `undefined` where there is none. */
    read(instanceId: string): Promise<string | undefined>
    write(instanceId: string, value: string): Promise<void>
    delete(instanceId: string): Promise<void>
  }
  /** @param purpose lower-case letters and hyphens; another one than the keyring's own */
  box(purpose: string): Box
  /** Deletes every entry of the keychain, open or not. An interrupted one is finished by `status`. */
  forgetEverything(): Promise<void>
}

/** `overtaken`: the passphrase was right, but the keyring was sealed again meanwhile. */
export type Opening = 'unlocked' | 'overtaken'

export interface KeyringOptions {
  readonly keychain: Keychain
  readonly random?: Random
  /** Only tests have a reason to give another one. */
  readonly scryptCost?: ScryptCost
}

/** The names of the entries in the keychain. */
export const entryNames = {
  wrap: 'keyring',
  nextWrap: 'keyring.next',
  manifest: 'manifest',
  forgetting: 'forgetting',
  instance: (id: string) => `instance:${id}`,
} as const

const instancePrefix = entryNames.instance('')
const ownPurposes: readonly string[] = ['keyring', 'manifest', 'credentials']

/** The keys of one unlocked period. Nothing of them outlives `end`. */
interface Period {
  readonly dataKey: Buffer
  readonly keys: Map<string, Buffer>
  manifest: Manifest
  ended: boolean
}

interface Candidate {
  readonly wrap: Wrap
  readonly entry: string
}

/**
 * Creates the keyring (ARCHITECTURE.md, "Secrets and the lock"): the passphrase unwraps one random data key,
 * from which a key for each purpose is derived; the keychain holds only what was sealed by them, one line an
 * instance, and a manifest that tells a changed, exchanged or earlier entry from the right one.
 */
export function createKeyring(options: KeyringOptions): Keyring {
  const { keychain, random = randomBytes, scryptCost = defaultScryptCost } = options
  let period: Period | undefined
  let sealings = 0
  let last: Promise<unknown> = Promise.resolve()

  /** One thing at a time: an entry and its place in the manifest must not be written by two. */
  function exclusive<T>(action: () => Promise<T>): Promise<T> {
    const result = last.then(action)
    last = result.catch(() => undefined)
    return result
  }

  function open(): Period {
    if (!period) throw new KeyringError('locked')
    return period
  }

  /** Whether the same unlocked period still goes on: an answer that comes after it is not opened. */
  function stillOpen(begun: Period): void {
    if (begun.ended) throw new KeyringError('locked')
  }

  function keyFor(of: Period, purpose: string): Buffer {
    stillOpen(of)
    let key = of.keys.get(purpose)
    if (!key) {
      key = deriveForPurpose(of.dataKey, purpose)
      of.keys.set(purpose, key)
    }
    return key
  }

  function begin(dataKey: Buffer, manifest: Manifest, sealingsBefore: number): Opening {
    if (sealings !== sealingsBefore) {
      dataKey.fill(0)
      return 'overtaken'
    }
    endPeriod()
    period = { dataKey, keys: new Map(), manifest, ended: false }
    return 'unlocked'
  }

  function endPeriod(): void {
    if (!period) return
    period.ended = true
    period.dataKey.fill(0)
    for (const key of period.keys.values()) key.fill(0)
    period.keys.clear()
    period = undefined
  }

  function sealManifest(manifestKey: Buffer, manifest: Manifest): string {
    const text = sealBytes(manifestKey, 'manifest', '', encodeManifest(manifest), random)
    if (text.length > keychainValueMaxBytes) throw new KeyringError('full')
    return text
  }

  async function readManifest(dataKey: Buffer): Promise<Manifest> {
    const text = await keychain.get(entryNames.manifest)
    if (text === undefined) throw new KeyringError('missing', entryNames.manifest)
    const key = deriveForPurpose(dataKey, 'manifest')
    try {
      return decodeManifest(openBytes(key, 'manifest', '', text, entryNames.manifest), entryNames.manifest)
    } finally {
      key.fill(0)
    }
  }

  /** Stores a value and makes sure that the keychain has kept it. */
  async function setSurely(account: string, value: string): Promise<void> {
    await keychain.set(account, value)
    if ((await keychain.get(account)) !== value) {
      throw new KeychainError('The system’s keychain does not keep what Curfew stores in it.')
    }
  }

  const status: Keyring['status'] = async () => {
    if ((await keychain.get(entryNames.forgetting)) !== undefined) await deleteAll()
    const wrap = (await keychain.get(entryNames.wrap)) ?? (await keychain.get(entryNames.nextWrap))
    if (wrap !== undefined) return 'sealed'
    const accounts = await keychain.list()
    return accounts.some((account) => account.startsWith(instancePrefix)) ? 'damaged' : 'new'
  }

  /** The wrap first: without it nothing else can be opened any more. The marker last: it says that work is left. */
  async function deleteAll(): Promise<void> {
    await keychain.set(entryNames.forgetting, 'everything')
    await keychain.delete(entryNames.wrap)
    await keychain.delete(entryNames.nextWrap)
    for (const account of await keychain.list()) {
      if (account !== entryNames.forgetting) await keychain.delete(account)
    }
    await keychain.delete(entryNames.forgetting)
  }

  /** Brings a passphrase change that was interrupted to the end that the passphrase just used calls for. */
  async function finishChange(dataKey: Buffer, used: Candidate, manifest: Manifest): Promise<Manifest> {
    const settled = { ...manifest, wrap: used.wrap.generation, nextWrap: 0 }
    const key = deriveForPurpose(dataKey, 'manifest')
    const text = sealManifest(key, settled)
    key.fill(0)
    if (used.entry === entryNames.nextWrap) await setSurely(entryNames.wrap, used.wrap.text)
    await keychain.delete(entryNames.nextWrap)
    await keychain.set(entryNames.manifest, text)
    return settled
  }

  function checkGeneration(manifest: Manifest, { wrap, entry }: Candidate): void {
    if (wrap.generation === manifest.wrap || wrap.generation === manifest.nextWrap) return
    throw new KeyringError('rolled-back', wrap.generation > manifest.counter ? entryNames.manifest : entry)
  }

  /** The wraps in the keychain, in the order to try them: two only where a passphrase change was interrupted. */
  async function candidates(): Promise<readonly [Candidate, ...Candidate[]]> {
    let fault = new KeyringError('missing', entryNames.wrap)
    const found: Candidate[] = []
    for (const entry of [entryNames.wrap, entryNames.nextWrap]) {
      const text = await keychain.get(entry)
      if (text === undefined) continue
      try {
        found.push({ wrap: parseWrap(text, entry), entry })
      } catch (error) {
        if (error instanceof KeyringError) fault = error
      }
    }
    const [first, ...others] = found
    if (!first) throw fault
    return [first, ...others]
  }

  async function unlockNow(
    passphrase: string,
    sealingsBefore: number,
  ): Promise<Opening | 'wrong-passphrase'> {
    const tries = await candidates()
    for (const used of tries) {
      const dataKey = await unwrap(used.wrap, passphrase)
      if (!dataKey) continue
      try {
        let manifest = await readManifest(dataKey)
        checkGeneration(manifest, used)
        const interrupted = manifest.nextWrap !== 0 || tries.length > 1 || used.entry !== entryNames.wrap
        if (interrupted) manifest = await finishChange(dataKey, used, manifest)
        return begin(dataKey, manifest, sealingsBefore)
      } catch (error) {
        dataKey.fill(0)
        throw error
      }
    }
    return 'wrong-passphrase'
  }

  async function createNow(passphrase: string, sealingsBefore: number): Promise<Opening> {
    if ((await status()) !== 'new') throw new KeyringError('exists')
    const dataKey = random(32)
    try {
      const wrap = await createWrap(passphrase, scryptCost, random, () => ({
        key: dataKey,
        generation: newManifest.wrap,
      }))
      const key = deriveForPurpose(dataKey, 'manifest')
      const manifest = sealManifest(key, newManifest)
      key.fill(0)
      await setSurely(entryNames.manifest, manifest)
      // Last: until it is there, no passphrase has been chosen.
      await setSurely(entryNames.wrap, wrap.text)
      return begin(dataKey, newManifest, sealingsBefore)
    } catch (error) {
      dataKey.fill(0)
      throw error
    }
  }

  async function changeNow(current: string, next: string): Promise<'changed' | 'wrong-passphrase'> {
    const now = open()
    const text = await keychain.get(entryNames.wrap)
    if (text === undefined) throw new KeyringError('missing', entryNames.wrap)
    const unwrapped = await unwrap(parseWrap(text, entryNames.wrap), current)
    if (!unwrapped) return 'wrong-passphrase'
    stillOpen(now)
    const isOurs = timingSafeEqual(unwrapped, now.dataKey)
    unwrapped.fill(0)
    if (!isOurs) throw new KeyringError('tampered', entryNames.wrap)

    const generation = now.manifest.counter + 1
    const wrap = await createWrap(next, scryptCost, random, () => {
      stillOpen(now)
      return { key: now.dataKey, generation }
    })
    // Sealed beforehand, so that a lock in the middle can't leave the change half-done.
    const announced = { ...now.manifest, counter: generation, nextWrap: generation }
    const settled = { ...announced, wrap: generation, nextWrap: 0 }
    const key = keyFor(now, 'manifest')
    const texts = [sealManifest(key, announced), sealManifest(key, settled)] as const

    await keychain.set(entryNames.manifest, texts[0])
    now.manifest = announced
    await setSurely(entryNames.nextWrap, wrap.text)
    await setSurely(entryNames.wrap, wrap.text)
    await keychain.set(entryNames.manifest, texts[1])
    now.manifest = settled
    await keychain.delete(entryNames.nextWrap)
    return 'changed'
  }

  /** The generation an entry really has (0: not there) and its text. @throws {KeyringError} naming the fault */
  async function readEntry(now: Period, id: string): Promise<{ generation: number; value: string }> {
    const entry = entryNames.instance(id)
    const sealed = await keychain.get(entry)
    stillOpen(now)
    if (sealed === undefined) return { generation: 0, value: '' }
    let text: string
    try {
      text = openText(keyFor(now, 'credentials'), 'credentials', id, sealed, entry)
    } catch (error) {
      if (
        error instanceof KeyringError &&
        error.fault === 'tampered' &&
        (await isOfAnother(now, sealed, id))
      ) {
        throw new KeyringError('swapped', entry)
      }
      throw error
    }
    const space = text.indexOf(' ')
    return { generation: Number(text.slice(0, space)), value: text.slice(space + 1) }
  }

  /** Tells an exchanged entry from a changed one: only the former opens under another instance's id. */
  async function isOfAnother(now: Period, sealed: string, id: string): Promise<boolean> {
    const accounts = await keychain.list()
    stillOpen(now)
    return accounts
      .filter((account) => account.startsWith(instancePrefix))
      .map((account) => account.slice(instancePrefix.length))
      .some((other) => other !== id && opens(keyFor(now, 'credentials'), sealed, other))
  }

  /** Finds out how far a write or a deletion came that was announced and never settled. */
  async function settlePending(now: Period): Promise<void> {
    const { pending } = now.manifest
    if (!pending) return
    let found = -1
    try {
      found = (await readEntry(now, pending.id)).generation
    } catch (error) {
      if (!(error instanceof KeyringError) || error.fault === 'locked') throw error
    }
    // Neither of the two: the entry is foul, and `read` will say so once it is held against the newer one.
    const generation = found === pending.from || found === pending.to ? found : pending.to
    const settled = settle(now.manifest, generation)
    await keychain.set(entryNames.manifest, sealManifest(keyFor(now, 'manifest'), settled))
    now.manifest = settled
  }

  async function replace(id: string, action: 'write' | 'delete', value: string): Promise<void> {
    const now = open()
    await settlePending(now)
    stillOpen(now)
    const announced = announce(now.manifest, id, action)
    const generation = announced.pending?.to ?? 0
    const settled = settle(announced, generation)
    // Sealed beforehand, so that a lock in the middle can't leave an entry without its place in the manifest.
    const key = keyFor(now, 'manifest')
    const texts = [sealManifest(key, announced), sealManifest(key, settled)] as const
    const entry = entryNames.instance(id)
    const sealed =
      action === 'write'
        ? sealText(keyFor(now, 'credentials'), 'credentials', id, `${generation} ${value}`, random)
        : undefined
    if (sealed && sealed.length > keychainValueMaxBytes) throw new KeyringError('too-long', entry)

    await keychain.set(entryNames.manifest, texts[0])
    now.manifest = announced
    if (sealed) await keychain.set(entry, sealed)
    else await keychain.delete(entry)
    await keychain.set(entryNames.manifest, texts[1])
    now.manifest = settled
  }

  async function read(id: string): Promise<string | undefined> {
    const now = open()
    await settlePending(now)
    const { generation, value } = await readEntry(now, id)
    const right = generationOf(now.manifest, id)
    if (generation === right) return generation === 0 ? undefined : value
    if (generation === 0) throw new KeyringError('missing', entryNames.instance(id))
    const foul = generation > now.manifest.counter ? entryNames.manifest : entryNames.instance(id)
    throw new KeyringError('rolled-back', foul)
  }

  const checked = (id: string): string => {
    if (!/^[A-Za-z0-9-]{1,64}$/.test(id))
      throw new TypeError('An instance id has letters, digits and hyphens.')
    return id
  }

  return {
    status: () => exclusive(status),
    get isOpen() {
      return period !== undefined
    },
    create(passphrase) {
      const before = sealings
      return exclusive(() => createNow(passphrase, before))
    },
    unlock(passphrase) {
      const before = sealings
      return exclusive(() => unlockNow(passphrase, before))
    },
    seal() {
      sealings += 1
      endPeriod()
    },
    changePassphrase: (current, next) => exclusive(() => changeNow(current, next)),
    credentials: {
      read: async (id) => exclusive(() => read(checked(id))),
      write: async (id, value) => exclusive(() => replace(checked(id), 'write', value)),
      delete: async (id) => exclusive(() => replace(checked(id), 'delete', '')),
    },
    box(purpose) {
      if (!/^[a-z-]{1,32}$/.test(purpose) || ownPurposes.includes(purpose)) {
        throw new TypeError(`“${purpose}” can’t be a purpose.`)
      }
      return {
        seal: (text, associated) => sealText(keyFor(open(), purpose), purpose, associated, text, random),
        open: (sealed, associated) => openText(keyFor(open(), purpose), purpose, associated, sealed, purpose),
      }
    },
    forgetEverything() {
      sealings += 1
      endPeriod()
      return exclusive(deleteAll)
    },
  }
}

function opens(key: Buffer, sealed: string, id: string): boolean {
  try {
    openBytes(key, 'credentials', id, sealed, '').fill(0)
    return true
  } catch {
    return false
  }
}
