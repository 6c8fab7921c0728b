import { describe, expect, test } from 'vitest'
import { createThrottle, type Throttle } from '../../../service/throttle.ts'
import { runsOf } from '../../support/runs.ts'

/** A throttle on a clock that stands still until it is moved. */
function start(most?: number) {
  let now = 5_000
  const throttle = createThrottle({ clock: () => now, ...(most !== undefined && { most }) })
  return {
    throttle,
    pass: (seconds: number) => {
      now += seconds * 1_000
    },
  }
}

const attempt = (throttle: Throttle, address: string, username = 'victim', known = false) =>
  throttle.admit({ username, address, known })

/** Tries wrong passwords, each from the next address, as fast as it is let. @returns how many were admitted */
function guess(throttle: Throttle, times: number, address: (index: number) => string, username?: string) {
  let admitted = 0
  for (let index = 0; index < times; index++)
    if (attempt(throttle, address(index), username).admitted) admitted++
  return admitted
}

const waitOf = (throttle: Throttle, address: string, username?: string, known?: boolean) => {
  const admission = attempt(throttle, address, username, known)
  return admission.admitted ? 0 : admission.waitSeconds
}

/** The right password: what it took is given back. */
function signIn(throttle: Throttle, address: string, username: string, known = false): boolean {
  const admission = attempt(throttle, address, username, known)
  if (admission.admitted) admission.giveBack()
  return admission.admitted
}

const hex = (index: number) => index.toString(16)

test('One address gets exactly ten guesses at an account, then one in thirty seconds', () => {
  const { throttle, pass } = start()
  expect(guess(throttle, 50, () => '10.0.0.1')).toBe(10)
  expect(waitOf(throttle, '10.0.0.1')).toBe(30)
  pass(29)
  expect(waitOf(throttle, '10.0.0.1')).toBe(1)
  pass(1)
  expect(guess(throttle, 50, () => '10.0.0.1')).toBe(1)
  pass(3_600)
  expect(guess(throttle, 50, () => '10.0.0.1')).toBe(10)
})

test('One address gets exactly a hundred guesses over all accounts, then one in three seconds', () => {
  const { throttle, pass } = start()
  let admitted = 0
  for (let index = 0; index < 500; index++)
    if (attempt(throttle, '10.0.0.1', `account${index}`).admitted) admitted++
  expect(admitted).toBe(100)
  expect(waitOf(throttle, '10.0.0.1', 'yet another')).toBe(3)
  pass(3)
  expect(guess(throttle, 50, () => '10.0.0.1', 'yet another')).toBe(1)
  expect(waitOf(throttle, '10.0.0.2', 'yet another')).toBe(0)
})

test('Attempts count when they begin: of fifty in parallel ten are checked', () => {
  const { throttle } = start()
  const admissions = Array.from({ length: 50 }, () => attempt(throttle, '10.0.0.1'))
  expect(admissions.filter(({ admitted }) => admitted)).toHaveLength(10)
})

test('Own sign-ins pay for no guesses: 45 wrong, one right, again and again', () => {
  const { throttle } = start()
  let admitted = 0
  for (let round = 0; round < 20; round++) {
    for (let index = 0; index < 45; index++)
      if (attempt(throttle, '10.0.0.1', `account${round % 5}-${index % 9}`).admitted) admitted++
    signIn(throttle, '10.0.0.1', 'mallory')
    signIn(throttle, '10.0.0.1', 'mallory', true)
  }
  expect(admitted).toBe(100)
})

test('The victim’s own sign-in behind the attacker’s address gives the attacker nothing back', () => {
  const { throttle } = start()
  expect(guess(throttle, 9, () => '10.0.0.1')).toBe(9)
  expect(signIn(throttle, '10.0.0.1', 'victim')).toBe(true)
  expect(guess(throttle, 50, () => '10.0.0.1')).toBe(1)
})

test('Whoever signs in rightly is never slowed: five hundred people of one office', () => {
  const { throttle } = start()
  for (let person = 0; person < 500; person++)
    expect(signIn(throttle, '192.0.2.7', `person${person}`)).toBe(true)
})

describe('However hard an account is attacked, its person gets in from elsewhere', () => {
  const attackers: Readonly<Record<string, (index: number) => string>> = {
    'ten thousand IPv4 addresses': (index) => `10.${index % 100}.${Math.floor(index / 100) % 100}.1`,
    'ten thousand /64s': (index) => `2001:db8:1:${hex(index % 10_000)}::1`,
    'ten thousand /48s': (index) => `2001:db8:${hex(index % 10_000)}::1`,
  }
  for (const [name, address] of Object.entries(attackers))
    test(name, () => {
      const { throttle, pass } = start()
      for (let minute = 0; minute < 10; minute++) {
        guess(throttle, runsOf(10_000), (index) => address(index + minute))
        expect(signIn(throttle, '192.0.2.7', 'victim')).toBe(true)
        expect(signIn(throttle, '2a00:1234:5678::1', 'victim')).toBe(true)
        pass(60)
      }
    })
})

test('An account under attack from everywhere lets each address try once in thirty seconds', () => {
  const { throttle, pass } = start()
  const address = (index: number) => `10.0.${Math.floor(index / 250) % 250}.${index % 250}`
  // A hundred tries are had before it counts as attacked; who has tried by then waits, everybody else has one.
  expect(guess(throttle, 100, () => address(0))).toBe(10)
  expect(guess(throttle, 90, (index) => address(index + 1))).toBe(90)
  expect(guess(throttle, 1_000, address)).toBe(1_000 - 91)
  expect(guess(throttle, 1_000, address)).toBe(0)
  pass(30)
  expect(guess(throttle, 1_000, address)).toBe(1_000)
  expect(guess(throttle, 1_000, address)).toBe(0)
})

test.each([
  ['every address of a /64', 10, (index: number) => `2001:db8:1:2:${hex(index)}::${hex(index)}`],
  ['every /64 of a /56', 40, (index: number) => `2001:db8:1:2${hex(index % 256).padStart(2, '0')}::1`],
  ['every /64 of a /48', 100, (index: number) => `2001:db8:1:${hex(index * 61)}::1`],
] as const)('Changing the address does not help: %s gets %i guesses at an account', (_, most, address) => {
  const { throttle } = start()
  expect(guess(throttle, 1_000, address)).toBe(most)
})

test.each([
  ['every address of a /64', 100, (index: number) => `2001:db8:1:2:${hex(index)}::1`],
  ['every /64 of a /56', 400, (index: number) => `2001:db8:1:2${hex(index % 256).padStart(2, '0')}::1`],
  ['every /64 of a /48', 1_600, (index: number) => `2001:db8:1:${hex(index * 7)}::1`],
] as const)('Changing the account does not help: %s gets %i guesses at all accounts', (_, most, address) => {
  const { throttle } = start()
  let admitted = 0
  for (let index = 0; index < 9_000; index++)
    if (attempt(throttle, address(index), `account${index}`).admitted) admitted++
  expect(admitted).toBe(most)
})

test('All spellings of one IPv4 address share one count', () => {
  const spellings = [
    '192.0.2.7',
    '::ffff:192.0.2.7',
    '::FFFF:C000:207',
    '0:0:0:0:0:ffff:c000:0207',
    '::ffff:c000:207%eth0',
    '::192.0.2.7',
    '::ffff:0:192.0.2.7',
    '64:ff9b::192.0.2.7',
    '64:ff9b::c000:207',
    '2002:c000:207::1',
    '2002:c000:0207:ffff::1234',
    '2001:0:1234:5678:0:ffff:3fff:fdf8',
    '2001:0:aaaa:bbbb:8000:1:3fff:fdf8',
  ]
  for (const first of spellings)
    for (const other of spellings) {
      const { throttle } = start()
      expect(guess(throttle, 50, () => first)).toBe(10)
      expect([first, other, waitOf(throttle, other)]).toEqual([first, other, 30])
    }
  const { throttle } = start()
  guess(throttle, 50, () => '192.0.2.7')
  for (const other of [
    '192.0.2.8',
    '::ffff:192.0.2.8',
    '2002:c000:208::1',
    '::1',
    '::',
    '64:ff9b:1::c000:207',
  ])
    expect([other, waitOf(throttle, other)]).toEqual([other, 0])
})

test('Of IPv6 the same network is one however it is written, and its neighbour another', () => {
  const { throttle } = start()
  const spellings = ['2001:db8::1', '2001:DB8:0:0::2', '2001:0db8:0000:0000:0:0:0:3', '2001:db8::4%eth0']
  expect(guess(throttle, 48, (index) => spellings[index % 4] ?? '')).toBe(10)
  expect(waitOf(throttle, '2001:db8:0:1::1')).toBe(0)
})

test('A known device has a count of its own, even behind the attacker’s address, and gives nothing to others', () => {
  const { throttle } = start()
  guess(throttle, 200, () => '10.0.0.1')
  expect(waitOf(throttle, '10.0.0.1')).toBeGreaterThan(0)
  let known = 0
  while (waitOf(throttle, '10.0.0.1', 'victim', true) === 0) known++
  expect(known).toBe(20)
  expect(waitOf(throttle, '10.0.0.1', 'somebody')).toBe(0)
})

test('Whoever signs in rightly from a known device is never slowed, and what they had lately counts', () => {
  const { throttle } = start()
  const had: number[] = []
  for (let time = 0; time < 50; time++) {
    const admission = attempt(throttle, '10.0.0.1', 'victim', true)
    if (!admission.admitted || !admission.turn.known) throw new Error('It must be admitted as known.')
    had.push(admission.turn.had)
    admission.giveBack()
  }
  expect(had).toEqual(Array.from({ length: 50 }, (_, index) => index))
})

test('A proof that many share is no more than one: the twenty attempts are the account’s', () => {
  const { throttle } = start()
  let known = 0
  for (let index = 0; index < 1_000; index++) {
    const admission = attempt(throttle, `10.1.${Math.floor(index / 250)}.${index % 250}`, 'mallory', true)
    if (admission.admitted && admission.turn.known) known++
  }
  expect(known).toBe(20)
})

test('A name is one name however it is spelled', () => {
  const { throttle } = start()
  const names = ['Victim', 'victim', 'VICTIM', ' victim ']
  let admitted = 0
  for (let index = 0; index < 100; index++)
    if (attempt(throttle, '10.0.0.1', names[index % 4]).admitted) admitted++
  expect(admitted).toBe(10)
})

test('A flood of addresses and names pushes out no counter that holds an attacker back', () => {
  const { throttle } = start(1_000)
  guess(throttle, 50, () => '10.0.0.1')
  for (let index = 0; index < 200; index++) attempt(throttle, '10.0.0.2', `account${index}`)
  for (let index = 0; index < runsOf(50_000); index++)
    attempt(throttle, `2a00:${hex(index)}:${hex(index % 7)}::1`, `flood${index}`)
  expect(waitOf(throttle, '10.0.0.1')).toBe(30)
  expect(waitOf(throttle, '10.0.0.2', 'yet another')).toBe(3)
})

test('A clock that is set back makes nobody wait for longer than the rule', () => {
  const { throttle, pass } = start()
  guess(throttle, 50, () => '10.0.0.1')
  pass(-86_400)
  expect(waitOf(throttle, '10.0.0.1')).toBe(30)
})

test('Whoever had less of late is before whoever had more, also when all were refused', () => {
  const { throttle, pass } = start()
  const had = (address: string, username?: string, known?: boolean) => {
    const admission = attempt(throttle, address, username, known)
    return admission.admitted ? admission.turn.had : Number.NaN
  }
  expect([had('10.0.0.1'), had('10.0.0.1'), had('10.0.0.1')]).toEqual([0, 1, 2])
  guess(throttle, 100, () => '10.0.0.1')
  expect(had('10.0.0.1', 'another')).toBeGreaterThan(90)
  expect(had('192.0.2.7')).toBe(0)
  // A network of attackers counts as one, in time.
  for (let index = 0; index < 1_000; index++)
    attempt(throttle, `2001:db8:5:${hex(index)}::1`, `other${index}`)
  expect(had('2001:db8:5:ffff::1', 'another')).toBeGreaterThan(50)
  expect(had('2a00:1234::1')).toBe(0)
  pass(86_400)
  expect(had('10.0.0.1')).toBe(0)
})

test('What was had lately counts half after ten minutes, and of wider networks in part', () => {
  const { throttle, pass } = start()
  const had = () => {
    const admission = attempt(throttle, '10.0.0.1', 'another')
    return admission.admitted ? admission.turn.had : Number.NaN
  }
  guess(throttle, 32, () => '10.0.0.1')
  // 32 of the address, 32 / 16 of its /24 and 32 / 256 of its /16.
  expect(had()).toBe(34)
  pass(600)
  expect(had()).toBe(18)
})
