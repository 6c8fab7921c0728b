import { type Outcome, succeed } from '../../../domain/problem.ts'

interface PageOf<Item> {
  readonly items: readonly Item[]
  readonly nextCursor: string | null
  readonly total: number
}

/** The most pages of one list that are read in one go. */
const mostPages = 20

/**
 * Reads a list to its end, page after page. Where it has no end within reason, `nextCursor` stays and `total` says how
 * many there are.
 */
export async function readAllPages<Item extends { readonly id: string }, Page extends PageOf<Item>>(
  readPage: (cursor: string | undefined) => Promise<Outcome<Page>>,
): Promise<Outcome<Page & { items: Item[] }>> {
  const items = new Map<string, Item>()
  let cursor: string | undefined
  for (let pages = 1; ; pages += 1) {
    const page = await readPage(cursor)
    if (!page.ok) return page
    for (const item of page.value.items) items.set(item.id, item)
    const { nextCursor } = page.value
    // A server that gives the same cursor again would be asked for ever.
    if (nextCursor === null || nextCursor === cursor || pages === mostPages) {
      const total = nextCursor === null ? items.size : Math.max(page.value.total, items.size)
      return succeed({ ...page.value, items: [...items.values()], total })
    }
    cursor = nextCursor
  }
}
