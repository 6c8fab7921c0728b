import { isIPv4, isIPv6 } from 'node:net'

/** A network that an address is in. */
export interface Network {
  /** Told apart from every other network, of whatever size. */
  readonly name: string
  /** How many times the allowance of the narrowest network this one has. */
  readonly share: number
}

/** An IPv6 address as RFC 5952 writes it, without a zone; `undefined` for what is none. */
function compressed(address: string): string | undefined {
  const [bare = ''] = address.split('%')
  return isIPv6(bare) ? URL.parse(`http://[${bare}]/`)?.hostname.slice(1, -1) : undefined
}

/** The eight groups of an IPv6 address, however it is written; `undefined` for what is none. */
function groupsOf(address: string): readonly number[] | undefined {
  const text = compressed(address)
  if (text === undefined) return undefined
  const [head = '', tail] = text.split('::')
  const read = (part = '') => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)))
  const [left, right] = [read(head), read(tail)]
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right]
}

const dotted = (high = 0, low = 0) => [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.')
const lastTwo = ({ 6: high, 7: low }: readonly number[]) => dotted(high, low)
const startsWith = (groups: readonly number[], start: readonly number[]) =>
  start.every((group, index) => groups[index] === group)

const mapped = { starts: [0, 0, 0, 0, 0, 0xffff], read: lastTwo }

/** An IPv6 address in its one canonical form; one that is how systems show an IPv4 address is that. */
export function canonicalIPv6(address: string): string | undefined {
  const groups = groupsOf(address)
  return groups && startsWith(groups, mapped.starts) ? mapped.read(groups) : compressed(address)
}

/**
 * The ways in which an IPv6 address stands for one IPv4 address, whose holder alone can use it (RFC 4291 2.5.5, RFC 6052,
 * RFC 2765, RFC 3056, RFC 4380), each with where that one is written.
 */
const wrappings: readonly {
  readonly starts: readonly number[]
  readonly read: (groups: readonly number[]) => string
}[] = [
  mapped,
  { starts: [0, 0, 0, 0, 0xffff, 0], read: lastTwo },
  { starts: [0x64, 0xff9b, 0, 0, 0, 0], read: lastTwo },
  { starts: [0x2002], read: ({ 1: high, 2: low }) => dotted(high, low) },
  {
    starts: [0x2001, 0],
    read: ({ 6: high = 0, 7: low = 0 }) => dotted(high ^ 0xffff, low ^ 0xffff),
  },
]

/** The IPv4 address that an IPv6 address stands for. */
function wrapped(groups: readonly number[]): string | undefined {
  const found = wrappings.find(({ starts }) => startsWith(groups, starts))
  if (found) return found.read(groups)
  // The old "compatible" form; `::` and `::1` are addresses of their own.
  const [high = 0, low = 0] = groups.slice(6)
  return groups.slice(0, 6).every((group) => group === 0) && high > 0 ? dotted(high, low) : undefined
}

/** The first bits of an address, as the name of a network. */
function network(groups: readonly number[], bits: number): string {
  const kept = groups.slice(0, Math.ceil(bits / 16))
  const rest = bits % 16
  const masked = rest === 0 ? kept : kept.with(-1, (kept.at(-1) ?? 0) & (0xffff << (16 - rest)))
  return `${masked.map((group) => group.toString(16)).join(':')}/${bits}`
}

/**
 * The networks that one attacker can hold, from the narrowest to the widest: an IPv4 address, in whichever form; of IPv6
 * the /64 that a line is given, and the /56 and /48 that a customer is given.
 */
export function networksOf(address: string): readonly Network[] {
  const groups = groupsOf(address)
  const ipv4 = groups && wrapped(groups)
  if (!groups || ipv4 !== undefined) return [{ name: ipv4 ?? address, share: 1 }]
  return [
    { name: network(groups, 64), share: 1 },
    { name: network(groups, 56), share: 4 },
    { name: network(groups, 48), share: 16 },
  ]
}

/** The same, with the wider networks that innocent people share too: good for an order, not for refusing anybody. */
export function surroundingsOf(address: string): readonly Network[] {
  const own = networksOf(address)
  const [narrowest] = own
  if (narrowest && isIPv4(narrowest.name)) {
    const bytes = narrowest.name.split('.')
    return [
      ...own,
      { name: `${bytes.slice(0, 3).join('.')}/24`, share: 16 },
      { name: `${bytes.slice(0, 2).join('.')}/16`, share: 256 },
    ]
  }
  const groups = groupsOf(address)
  return groups ? [...own, { name: network(groups, 32), share: 256 }] : own
}
