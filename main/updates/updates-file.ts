import { valid } from 'semver'
import type { Layout } from '../storage/kept-file.ts'

/** What Curfew remembers of the feed. */
export interface UpdatesMemory {
  /** When it was last found good, in milliseconds since 1970; 0 where it never was. */
  readonly checkedAt: number
  /** The newest version that was ever signed for: an older one is not offered afterwards. */
  readonly newest: string
}

const initial: UpdatesMemory = { checkedAt: 0, newest: '0.0.0' }

/** `updates.json`: whoever edits it is only asked again, or offered what was signed. */
export const updatesLayout: Layout<UpdatesMemory> = {
  name: 'updates',
  what: 'memory of updates',
  version: 1,
  migrations: [],
  initial,
  unreadable: { value: initial, does: 'Curfew looks for updates again.' },
  read: ({ checkedAt, newest }) => ({
    checkedAt: typeof checkedAt === 'number' && Number.isFinite(checkedAt) ? checkedAt : 0,
    newest: (typeof newest === 'string' && valid(newest)) || initial.newest,
  }),
  write: (memory, content) => ({ ...content, ...memory }),
}
