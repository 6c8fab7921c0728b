import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openConfStore } from '../../../../main/storage/conf-store.ts'
import { type FileFault, type Layout, openKeptFile } from '../../../../main/storage/kept-file.ts'

interface Shelf {
  readonly books: number
  readonly colour: string
}

/** Version 1 said `count`, version 2 `books`, version 3 counts in dozens no more. */
const layout: Layout<Shelf> = {
  name: 'shelf',
  what: 'shelf',
  version: 3,
  migrations: [
    ({ count, ...others }) => ({ ...others, books: count }),
    ({ books, ...others }) => ({ ...others, books: Number(books) * 12 }),
  ],
  initial: { books: 0, colour: 'white' },
  unreadable: { value: { books: -1, colour: 'black' }, does: 'The shelf is taken for empty.' },
  read({ books = 0, colour = 'white', isShelf = true }, tell) {
    if (!isShelf) return undefined
    if (typeof books === 'number') return { books, colour: String(colour) }
    tell('books', 'They are counted anew.')
    return { books: 0, colour: String(colour) }
  },
  write: (shelf, content) => ({ ...content, ...shelf }),
}

let folder: string
let told: FileFault[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'curfew-file-'))
  told = []
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))
const path = () => join(folder, 'shelf.json')
const put = (text: string) => writeFileSync(path(), text)
const stored = () => JSON.parse(readFileSync(path(), 'utf8'))
const open = () => openKeptFile(openConfStore, folder, layout, (fault) => told.push(fault))

describe('a small file', () => {
  test('that is not there yet has its first value, and none is made until something is written', () => {
    expect(open().value).toEqual({ books: 0, colour: 'white' })
    expect(readdirSync(folder)).toEqual([])
    expect(told).toEqual([])
  })

  test('is read again as it was written, with its version, by its owner only', async () => {
    await open().write({ books: 7, colour: 'red' })
    expect(open().value).toEqual({ books: 7, colour: 'red' })
    expect(stored()).toEqual({ version: 3, books: 7, colour: 'red' })
    if (process.platform !== 'win32') expect(statSync(path()).mode & 0o777).toBe(0o600)
  })

  test.each([
    ['{"count":2,"colour":"red"}', 24],
    ['{"version":1,"count":2,"colour":"red"}', 24],
    ['{"version":2,"books":2,"colour":"red"}', 24],
    ['{"version":3,"books":2,"colour":"red"}', 2],
  ])('of an earlier version is brought up to date (%s)', async (text, books) => {
    put(text)
    const file = open()
    expect(file.value).toEqual({ books, colour: 'red' })
    expect(told).toEqual([])
    await file.write(file.value)
    expect(stored()).toEqual({ version: 3, books, colour: 'red' })
  })

  test('may begin with a byte-order mark', () => {
    put('\uFEFF{"version":3,"books":5}')
    expect(open().value.books).toBe(5)
    expect(told).toEqual([])
  })

  test('keeps what this version does not know', async () => {
    put('{"version":3,"books":5,"plants":["ivy"],"__proto__":{"x":1}}')
    const file = open()
    await file.write({ books: 6, colour: 'red' })
    expect(readFileSync(path(), 'utf8')).toContain('__proto__')
    expect(stored()).toMatchObject({ version: 3, books: 6, colour: 'red', plants: ['ivy'] })
  })

  test('of which one value is bad loses that value alone, and says which, where, and what follows', () => {
    put('{"version":3,"books":"many","colour":"red"}')
    expect(open().value).toEqual({ books: 0, colour: 'red' })
    expect(told).toEqual([
      {
        title: 'Something in the shelf could not be read',
        detail: '“books” in shelf.json can’t be read. They are counted anew.',
      },
    ])
  })

  test.each(['{"books":', '[]', '', 'null', '7', '"shelf"', '\0\0\0', '{"isShelf":false}', '[{"books":1}]'])(
    'that is damaged (%j) is kept aside as it was, and said so',
    async (text) => {
      put(text)
      const file = open()
      expect(file.value).toEqual({ books: -1, colour: 'black' })
      const [aside = '', ...others] = readdirSync(folder)
      expect(others).toEqual([])
      expect(aside).toMatch(/^shelf\.unreadable-[\w-]+\.json$/)
      expect(readFileSync(join(folder, aside), 'utf8')).toBe(text)
      expect(told).toEqual([
        {
          title: 'The shelf could not be read',
          detail: `The file was damaged and is kept as ${aside}. The shelf is taken for empty.`,
        },
      ])
      await file.write({ books: 1, colour: 'red' })
      expect(readFileSync(join(folder, aside), 'utf8')).toBe(text)
      expect(open().value.books).toBe(1)
    },
  )

  test.each(['4', '400', '"4"', '3.5', '1e9'])(
    'of a newer version (%s) is kept aside as it was, and said so',
    async (version) => {
      const text = `{"version":${version},"books":{"left":1}}`
      put(text)
      const file = open()
      await file.write({ books: 1, colour: 'red' })
      const aside = readdirSync(folder).find((name) => name.startsWith('shelf.version-')) ?? ''
      expect(readFileSync(join(folder, aside), 'utf8')).toBe(text)
      expect(told).toHaveLength(1)
      expect(told[0]?.detail).toMatch(/newer version of Curfew.*this Curfew reads 3.*kept as shelf\.version-/)
    },
  )

  test.each(['0', '-1', '"two"', 'null', '[]', '{}'])(
    'whose version is none (%s) is read as this version’s, and said so',
    (version) => {
      put(`{"version":${version},"books":5}`)
      expect(open().value.books).toBe(5)
      expect(told).toHaveLength(1)
      expect(told[0]?.detail).toMatch(/“version” in shelf\.json/)
    },
  )

  test('that the disk does not give is left alone, also when something is to be written', async () => {
    mkdirSync(path())
    const file = open()
    expect(file.value).toEqual({ books: -1, colour: 'black' })
    expect(told).toHaveLength(1)
    expect(told[0]?.detail).toMatch(/can’t be opened.*left as it is/)
    await file.write({ books: 1, colour: 'red' })
    expect(file.value.books).toBe(1)
    expect(statSync(path()).isDirectory()).toBe(true)
    expect(readdirSync(folder)).toEqual(['shelf.json'])
  })

  test('that is cleared leaves neither its values nor what was put aside', async () => {
    put('damaged')
    const file = open()
    await file.write({ books: 1, colour: 'red' })
    writeFileSync(join(folder, 'other.unreadable-1.json'), '')
    await file.clear()
    expect(readdirSync(folder).toSorted()).toEqual(['other.unreadable-1.json', 'shelf.json'])
    expect(open().value).toEqual(layout.initial)
  })
})
