import type { Resealing } from '../../domain/lock.ts'
import type { Keychain } from '../keychain/keychain.ts'
import { credentialsPurpose, idsOf } from './credential-entries.ts'
import { entryNames } from './entry-names.ts'
import { checkIsOwn } from './manifest-entry.ts'
import { forgetPrevious } from './new-key.ts'
import type { Period } from './period.ts'
import { openText, type Random, sealText } from './seal.ts'
import { setSurely } from './set-surely.ts'

/** What a box has sealed, wherever that is kept. */
export interface Sealed {
  /** What it is, for the person who waits. */
  readonly what: Resealing['what']
  /**
   * Seals everything anew, by means of the box, and resolves when that is kept. What can't be opened is no reason to
   * reject: nothing would ever be done then.
   */
  resealAll(): void | Promise<void>
}

interface Ports {
  readonly keychain: Keychain
  readonly random: Random
  readonly boxes: readonly Sealed[]
  /** Does one thing at a time with the keychain's entries. */
  readonly exclusive: <T>(action: () => Promise<T>) => Promise<T>
}

/** Seals with the present key everything that is still sealed under the one before, then forgets that one. */
export async function resealAll(
  { keychain, random, boxes, exclusive }: Ports,
  now: Period,
  tell: (progress: Resealing) => void,
): Promise<void> {
  const ids = await exclusive(() => idsOf(keychain))
  const steps = [
    ...ids.map((id) => ({
      what: 'passwords' as const,
      // What is read and written meanwhile need not wait for all of them.
      run: () => exclusive(() => resealEntry(keychain, random, now, id, ids)),
    })),
    ...boxes.map((sealed) => ({ what: sealed.what, run: async () => sealed.resealAll() })),
  ]
  for (const [done, { what, run }] of steps.entries()) {
    now.stillOpen()
    tell({ what, done, of: steps.length })
    await run()
  }
  await exclusive(() => forgetPrevious(keychain, now, random))
}

/**
 * Seals an instance's entry anew as it is: its generation stays, and so does whatever is wrong with it. Nothing is done to
 * what the key before does not open.
 */
async function resealEntry(
  keychain: Keychain,
  random: Random,
  now: Period,
  id: string,
  ids: readonly string[],
): Promise<void> {
  const entry = entryNames.instance(id)
  const sealed = await keychain.get(entry)
  const previous = now.previousKeyFor(credentialsPurpose)
  if (sealed === undefined || !previous) return
  // An exchanged entry stays one, but is not left under the key before.
  for (const owner of [id, ...ids]) {
    const text = opened(() => openText(previous, credentialsPurpose, owner, sealed, entry))
    if (text === undefined) continue
    const anew = sealText(now.keyFor(credentialsPurpose), credentialsPurpose, owner, text, random)
    await checkIsOwn(keychain, now)
    await setSurely(keychain, entry, anew)
    return
  }
}

function opened(open: () => string): string | undefined {
  try {
    return open()
  } catch {
    return undefined
  }
}
