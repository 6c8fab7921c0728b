import { expect, test } from 'vitest'
import { leastScore, rateSecret } from '../../../domain/password-strength.ts'

const known = ['maya.brandt', 'Maya Brandt', 'maya.brandt@lamps.example', 'curfew', 'sessions.example.com']

test.each([
  // First, since whoever asks first loads the dictionaries.
  ['a word with a digit', 'basketball1', 'common'],
  ['a password that everybody tries', 'password', 'common'],
  ['one with its letters replaced', 'P@ssw0rd2026!', 'common'],
  ['one that rules on kinds of characters bring about', 'Welcome2026!!', 'common'],
  ['one with a season and a year', 'Winter2026Winter', 'common'],
  ['one with a month and a year', 'November-2026!', 'common'],
  ['what an installer leaves', 'Admin@123456', 'common'],
  ['what everybody tries with a hyphen', 'letmein-please', 'common'],
  ['what everybody begins with, and too little behind it', 'login-harbor-7q', 'common'],
  ['the same with two short words', 'changeme otter 42', 'common'],
  ['keys side by side', 'nbvcfghjuytr', 'common'],
  ['one in full-width letters', 'ｐａｓｓｗｏｒｄ１２３', 'common'],
  ['blanks alone', '            ', 'pattern'],
  ['one character again and again', 'aaaaaaaaaaaaaaaaaaaaaaaa', 'pattern'],
  ['a row of keys', '1qaz2wsx3edc', 'common'],
  ['a row of letters', 'abcdefghijklmnop', 'pattern'],
  ['a date', '24.12.1998', 'pattern'],
  ['the user name', 'maya.brandt', 'known'],
  ['the display name with a year', 'MayaBrandt2026', 'known'],
  ['the same with digits for letters', 'M4y4Br4ndt2026', 'known'],
  ['the name backwards', 'tdnarbayam', 'known'],
  ['the e-mail’s host with a digit', 'lamps.example1', 'known'],
  ['names of everything', 'maya-brandt-curfew-sessions', 'known'],
  ['the product’s name', 'curfewcurfew1', 'known'],
  ['the server’s name', 'sessions.example', 'known'],
] as const)('%s is guessed', async (_, secret, because) => {
  const strength = await rateSecret(secret, known)
  expect(strength.score).toBeLessThan(leastScore)
  expect([strength.because]).toEqual([because])
})

test.each([
  'lamp otter violin',
  'zuwHqPh7LEQ4',
  'πηγή λάμπα βιολί',
  'correct horse battery',
  'maya lamp otter violin',
])('“%s” is not', async (secret) => {
  expect(await rateSecret(secret, known)).toMatchObject({ because: undefined })
})

test('of what is known the longest is cut out first, so that a part of it leaves nothing to count', async () => {
  const words = ['maya', 'MayaBrandtLampenfabrik']
  for (const secret of ['mayabrandtlampenfabrikab', 'MAYABRANDTLAMPENFABRIK-1'])
    expect([secret, (await rateSecret(secret, words)).because]).toEqual([secret, 'known'])
})

test('an attacker who sends the longest secret does not keep the process busy', async () => {
  await rateSecret('warm', known)
  const took = async (secret: string) => {
    // This thread's own time: how busy the computer is otherwise has no say.
    const before = process.threadCpuUsage()
    await rateSecret(secret, [secret, ...known])
    return process.threadCpuUsage(before).user / 1000
  }
  const hostile = ['4@8({[<36911|!1|7$5+7%2', 'aB3$', '1l!|i', 'p4ssw0rd', '1.1.99', '\u{FDFA}']
  for (const piece of hostile) expect(await took(piece.repeat(1000))).toBeLessThan(1000)
})
