/** Numbers by name, of bounded size. */
export interface Ledger {
  get(name: string): number | undefined
  set(name: string, value: number): void
  delete(name: string): void
  readonly size: number
}

/**
 * When it is full, the tenth with the lowest numbers is forgotten: so whoever floods it with new names pushes out other
 * new names, and never what counts for more.
 *
 * @param most the most names it keeps
 */
export function createLedger(most: number): Ledger {
  const entries = new Map<string, number>()
  const makeRoom = () => {
    const lowest = [...entries].sort(([, one], [, other]) => one - other)
    for (const [name] of lowest.slice(0, Math.max(1, Math.floor(most / 10)))) entries.delete(name)
  }
  return {
    get: (name) => entries.get(name),
    set: (name, value) => {
      if (entries.size >= most && !entries.has(name)) makeRoom()
      entries.set(name, value)
    },
    delete: (name) => entries.delete(name),
    get size() {
      return entries.size
    },
  }
}
