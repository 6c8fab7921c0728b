import { z } from 'zod'
import { InstanceId } from '../../domain/instance.ts'
import type { Box, MakeBox } from '../keyring/keyring.ts'
import { KeyringError } from '../keyring/keyring-error.ts'
import type { FileFault, KeptFile, Layout } from '../storage/kept-file.ts'

/** Which notices of an instance were seen: all up to a number, and these after it. */
const SeenNotices = z.object({ after: z.int().nonnegative(), dismissed: z.array(z.string()).readonly() })
export type SeenNotices = Readonly<z.infer<typeof SeenNotices>>

const Seen = z.record(InstanceId, SeenNotices)

/** `notices.json`: what was seen of each instance, sealed as one text; empty where nothing was. */
export const seenNoticesLayout: Layout<string> = {
  name: 'notices',
  what: 'list of the notices you have seen',
  version: 1,
  migrations: [],
  initial: '',
  unreadable: { value: '', does: 'Curfew begins with what servers tell from now on.' },
  read: ({ sealed = '' }) => (typeof sealed === 'string' ? sealed : undefined),
  write: (sealed) => ({ sealed }),
}

/** Where it is kept. Everything but `clear` is for while the app is unlocked. */
export interface SeenStore {
  /** @throws {KeyringError} `locked` */
  read(): Readonly<Record<InstanceId, SeenNotices>>
  /** @throws {KeyringError} `locked`; rejects when the disk refuses */
  write(seen: Readonly<Record<InstanceId, SeenNotices>>): Promise<void>
  clear(): Promise<void>
}

const associated = seenNoticesLayout.name

/** `undefined` where the text is not what was sealed. @throws {KeyringError} `locked` */
function open(box: Box, sealed: string): z.infer<typeof Seen> | undefined {
  try {
    return Seen.safeParse(JSON.parse(box.open(sealed, associated))).data
  } catch (error) {
    if (error instanceof KeyringError && error.fault !== 'locked') return undefined
    throw error
  }
}

/** @param tell told of a file that can't be opened: somebody may have hidden something */
export function createSeenStore(
  file: KeptFile<string>,
  makeBox: MakeBox,
  tell: (fault: FileFault) => void,
): SeenStore {
  const box = makeBox('notices', {
    what: 'notices',
    async resealAll() {
      const seen = file.value === '' ? undefined : open(box, file.value)
      if (seen) await write(seen)
    },
  })

  const write = (seen: z.infer<typeof Seen>) => file.write(box.seal(JSON.stringify(seen), associated))

  return {
    read() {
      if (file.value === '') return {}
      const seen = open(box, file.value)
      if (seen) return seen
      tell({
        title: `The ${seenNoticesLayout.what} could not be read`,
        detail:
          'The file was changed outside Curfew. What servers told their Owners while Curfew was closed is not shown; look at their audit trails.',
      })
      return {}
    },
    write,
    clear: () => file.clear(),
  }
}
