import type { KeptFile, Layout } from '../storage/kept-file.ts'
import type { SmallStore } from './attempts.ts'

/** `unlock-tries.json`: the count of wrong passphrases as it was written, for the attempts to check. */
export const triesLayout: Layout<unknown> = {
  name: 'unlock-tries',
  what: 'count of wrong passphrases',
  version: 1,
  migrations: [],
  initial: undefined,
  // A count that can't be read is not none: `null` makes the longest wait apply.
  unreadable: { value: null, does: 'The next passphrase may be tried after the longest wait.' },
  read: (content) => content,
  write: (tries) => ({ ...(tries as object) }),
}

/** Keeps the count in that file. */
export function attemptsInFile(file: KeptFile<unknown>): SmallStore {
  return { read: async () => file.value, write: (tries) => file.write(tries) }
}
