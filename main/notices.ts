import { createHash } from 'node:crypto'
import type { Notice } from '../preload/contract/app.ts'

/** What the app has to tell once. Shown on the lock screen too: nothing of an instance may be in it. */
export interface Notices {
  list(): readonly Notice[]
  /** Tells something more; once, whatever was told in the same words. */
  add(notice: Omit<Notice, 'id'>): void
  dismiss(id: string): void
}

export function createNotices(): Notices {
  let notices: readonly Notice[] = []
  const told = new Set<string>()
  return {
    list: () => notices,
    add({ title, detail }) {
      const id = createHash('sha256').update(`${title}\n${detail}`).digest('base64url')
      if (!told.has(id)) notices = [...notices, { id, title, detail }]
      told.add(id)
    },
    dismiss(id) {
      notices = notices.filter((notice) => notice.id !== id)
    },
  }
}
