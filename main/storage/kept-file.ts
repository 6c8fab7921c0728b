import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Content, OpenStore, Store } from './store.ts'

/** A small file of the app's own, held in memory and written whole. */
export interface KeptFile<T> {
  readonly value: T
  /** Replaces the value, then the file; rejects when the disk refuses, the value then stays new. */
  write(value: T): Promise<void>
  /** Forgets everything, also what could not be read and what was put aside; rejects when the disk refuses. */
  clear(): Promise<void>
}

/** What is wrong with a file or a value in it, in words, and what Curfew does about it. */
export interface FileFault {
  readonly title: string
  readonly detail: string
}

/** Tells of one field that can't be read, by its path, and what Curfew does instead, as a sentence. */
export type TellField = (field: string, does: string) => void

/** How one kind of file is laid out, and how it is read value by value. */
export interface Layout<T> {
  /** The file's name without `.json`. */
  readonly name: string
  /** What it holds, in words: "settings". */
  readonly what: string
  /** The version this build writes. A file without one has version 1. */
  readonly version: number
  /** The step at index n turns a file of version n + 1 into the next version's. */
  readonly migrations: readonly ((content: Content) => Content)[]
  /** The value where there is no file yet. */
  readonly initial: T
  /** The value where the file can't be read as a whole, and what follows from that, as a sentence. */
  readonly unreadable: { readonly value: T; readonly does: string }
  /** Reads value by value, telling each that is bad; `undefined` where the file as a whole is none of this kind. */
  read(content: Content, tell: TellField): T | undefined
  /** Lays the value over what the file holds, so that nothing unknown is lost. */
  write(value: T, content: Content): Content
}

/**
 * Opens a small file. Whatever is wrong with it is told and never destroyed: a bad value alone is replaced, a file
 * that is damaged or of a newer version is put aside under another name, and one that the disk does not let be read
 * or moved is left alone and not written to.
 *
 * @param tell told each fault, while this function runs
 */
export function openKeptFile<T>(
  open: OpenStore,
  folder: string,
  layout: Layout<T>,
  tell: (fault: FileFault) => void,
  now: () => Date = () => new Date(),
): KeptFile<T> {
  const path = join(folder, `${layout.name}.json`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const isThere = existsSync(path)
  let store: Store | undefined
  let content: Content = {}
  let value = layout.initial

  /** Puts the file out of the way, so that it can't be overwritten, and begins with an empty one. */
  function setAside(mark: string, why: string): void {
    value = layout.unreadable.value
    content = {}
    const aside = join(folder, `${layout.name}.${mark}-${now().toISOString().replace(/[:.]/g, '-')}.json`)
    try {
      renameSync(path, aside)
      store = open(folder, layout.name)
    } catch (error) {
      leaveAlone(error)
      return
    }
    tell({
      title: `The ${layout.what} could not be read`,
      detail: `${why} and is kept as ${basename(aside)}. ${layout.unreadable.does}`,
    })
  }

  function leaveAlone(error: unknown): void {
    store = undefined
    value = layout.unreadable.value
    const why = error instanceof Error ? error.message : String(error)
    tell({
      title: `The ${layout.what} could not be read`,
      detail: `The file ${path} can’t be opened (${why}). ${layout.unreadable.does} The file is left as it is, and changes last until Curfew quits.`,
    })
  }

  function read(opened: Store): void {
    const { version = 1, ...found } = opened.store
    const format = Number(version)
    if (format > layout.version) {
      setAside(
        `version-${format}`,
        `The file was written by a newer version of Curfew (its format is ${format}, this Curfew reads ${layout.version})`,
      )
      return
    }
    const faults: FileFault[] = []
    const tellField: TellField = (field, does) =>
      faults.push({
        title: `Something in the ${layout.what} could not be read`,
        detail: `“${field}” in ${basename(path)} can’t be read. ${does}`,
      })
    const isKnown = Number.isInteger(version) && format >= 1
    if (!isKnown) tellField('version', 'Curfew reads the file as its own format.')
    const steps = layout.migrations.slice(isKnown ? format - 1 : layout.version)
    content = steps.reduce((earlier, migrate) => migrate(earlier), found as Content)
    const known = layout.read(content, tellField)
    if (known === undefined) {
      setAside('unreadable', 'The file was damaged')
      return
    }
    value = known
    faults.forEach(tell)
  }

  try {
    store = open(folder, layout.name)
    if (isThere) read(store)
  } catch (error) {
    // What the disk says names its call; anything else says that the content is none.
    if (error instanceof Error && 'syscall' in error) leaveAlone(error)
    else setAside('unreadable', 'The file was damaged')
  }

  return {
    get value() {
      return value
    },
    async write(next) {
      value = next
      content = layout.write(next, content)
      if (store) store.store = { version: layout.version, ...content }
    },
    async clear() {
      value = layout.initial
      content = {}
      if (store) store.store = { version: layout.version, ...layout.write(value, content) }
      const isAside = new RegExp(`^${layout.name}\\.(unreadable|version)-.*\\.json$`)
      for (const name of readdirSync(folder)) if (isAside.test(name)) rmSync(join(folder, name))
    },
  }
}
