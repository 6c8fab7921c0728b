import { deriveForPurpose, openBytes } from '../../main/keyring/seal.ts'
import { createWrapEntries } from '../../main/keyring/wrap-entries.ts'
import { cheapScrypt } from './cheap-scrypt.ts'
import { createMemoryKeychain } from './memory-keychain.ts'

/** The data key that a passphrase opens in a copy of the keychain's entries. */
export async function dataKeyOf(entries: ReadonlyMap<string, string>, passphrase: string): Promise<Buffer> {
  const keychain = createMemoryKeychain(new Map(entries))
  const ports = { keychain, random: Buffer.alloc, cost: cheapScrypt, beforeTry: async () => {} }
  const unwrapped = await createWrapEntries(ports).open(passphrase)
  if (!unwrapped) throw new Error('The passphrase does not open the keyring.')
  return unwrapped.dataKey
}

/**
 * Which of some texts a data key opens, whatever each is for.
 *
 * @param belongings what they may belong to: ids, names of files and of drafts
 */
export function openedBy(
  dataKey: Buffer,
  texts: Iterable<string>,
  belongings: readonly string[],
): readonly string[] {
  return [...texts].filter((text) => {
    const purpose = text.split('.')[1] ?? ''
    return ['', ...belongings].some((associated) => {
      try {
        openBytes(deriveForPurpose(dataKey, purpose), purpose, associated, text, '')
        return true
      } catch {
        return false
      }
    })
  })
}
