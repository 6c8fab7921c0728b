import type { AuditTable } from '../database/tables.ts'
import { auditHash } from './audit-chain.ts'
import { nextTurn } from './next-turn.ts'

const replacement = '\ufffd'
/** So many hashes are tried between two turns of everybody else. */
const triedAtOnce = 5_000
/** So many are tried for one whole trail: some ten seconds. */
export const mostTries = 10_000_000

/** Halves of pairs, those that emoji begin with first: a name was cut in the middle of one most often. */
const halves: readonly string[] = (() => {
  const all = Array.from({ length: 0x800 }, (_, index) => 0xd800 + index)
  const likely = [0xd83d, 0xd83e, 0xd83c, 0xd835]
  return [...likely, ...all.filter((unit) => !likely.includes(unit))].map((unit) => String.fromCharCode(unit))
})()

/** What an actor's name may have been before its ill-formed text was stored: one half of a pair, or the same one often. */
function* originals(name: string): Generator<string> {
  const places = [...name.matchAll(new RegExp(replacement, 'g'))].map(({ index }) => index).reverse()
  for (const half of halves)
    for (const place of places) yield name.slice(0, place) + half + name.slice(place + 1)
  if (places.length > 1) for (const half of halves) yield name.replaceAll(replacement, half)
}

/**
 * Earlier versions hashed the name of whoever tried to sign in as it came, and databases keep half of a surrogate
 * pair as U+FFFD: such a record no longer fits its own hash although nobody touched it. Putting halves back until the
 * hash fits proves that this, and nothing else, happened to it.
 *
 * @param budget how many hashes may be tried; what was used is taken off
 */
export async function wasAlteredByStorage(
  record: Omit<AuditTable, 'hash'>,
  hash: string,
  budget: { left: number },
): Promise<boolean> {
  if (!record.actor.includes(replacement)) return false
  for (const actor of originals(record.actor)) {
    if (budget.left <= 0) return false
    budget.left--
    if (auditHash({ ...record, actor }) === hash) return true
    if (budget.left % triedAtOnce === 0) await nextTurn()
  }
  return false
}
