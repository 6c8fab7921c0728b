import { basename } from 'node:path'
import type { Notice } from '../preload/contract/app.ts'

/** A file of the app's own, as far as telling about it goes. */
interface OpenedFile {
  /** What it holds, in words: "settings". */
  readonly what: string
  readonly file: { readonly setAside: string | undefined }
  /** What follows from starting anew. */
  readonly consequence: string
}

/** What the app has to tell once. */
export interface Notices {
  list(): readonly Notice[]
  /** Tells something more; once, whatever has the same id. */
  add(notice: Notice): void
  dismiss(id: string): void
}

/** A notice for every file that could not be read and was put aside. */
export function createNotices(files: readonly OpenedFile[]): Notices {
  let notices = files.flatMap(({ what, file, consequence }): Notice[] =>
    file.setAside === undefined
      ? []
      : [
          {
            id: `set-aside-${what}`,
            title: `The ${what} could not be read`,
            detail: `The file was damaged and is kept as ${basename(file.setAside)}. ${consequence}`,
          },
        ],
  )
  const told = new Set<string>()
  return {
    list: () => notices,
    add(notice) {
      if (!told.has(notice.id)) notices = [...notices, notice]
      told.add(notice.id)
    },
    dismiss(id) {
      notices = notices.filter((notice) => notice.id !== id)
    },
  }
}
