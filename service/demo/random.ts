/** Numbers that look random and are the same each time. */
export interface Random {
  /** From 0 to just below 1. */
  number(): number
  /** A whole number from 0 to just below `limit`. */
  below(limit: number): number
  pick<T>(from: readonly T[]): T
  id(): string
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** mulberry32, by Tommy Ettinger: good enough for invented people. */
export function createRandom(seed: number): Random {
  let state = seed
  const number = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (limit: number) => Math.floor(number() * limit)
  return {
    number,
    below,
    pick: (from) => from[below(from.length)] as (typeof from)[number],
    id: () => Array.from({ length: 22 }, () => letters[below(64)]).join(''),
  }
}
