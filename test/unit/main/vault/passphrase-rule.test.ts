import { userInfo } from 'node:os'
import { expect, test } from 'vitest'
import { passphraseFault } from '../../../../main/vault/passphrase-rule.ts'

const refused = (code: string, message: string, least: object = {}) => ({
  ok: false,
  problem: { code: 'invalid', message, errors: [{ field: 'passphrase', code, message, ...least }] },
})
const weak = (because: string) =>
  refused(
    'too-weak',
    `This passphrase is easy to guess. ${because} Take four or more words that don’t belong together.`,
  )
const names = weak('It is made of names that others know.')

test.each(['', '1234567', 'qX7!vZp'])(
  'C4 a passphrase that is too short (%j) is told the least length',
  async (text) => {
    expect(await passphraseFault(text, [])).toStrictEqual(
      refused('too-short', 'A passphrase has at least 8 characters.', { min: 8 }),
    )
  },
)

test.each([
  ['curfew curfew curfew', names],
  ['Curfew-2026', names],
  ['password1234!', weak('It is made of words that are tried first.')],
  ['qwertyuiop123', weak('It is made of words that are tried first.')],
  ['        ', weak('It repeats, or follows a row of keys or numbers.')],
  ['20200101', weak('It repeats, or follows a row of keys or numbers.')],
])(
  'C4 a passphrase that is easy to guess (%j) is told why, and what to take instead',
  async (text, fault) => {
    expect(await passphraseFault(text, [])).toStrictEqual(fault)
  },
)

test.each(['velvet harbor moss ladder', 'correct horse battery', 'qX7!vZp9kL2w'])(
  'C4 a passphrase that is hard to guess (%j) may be taken',
  async (text) => {
    expect(await passphraseFault(text, [])).toBeUndefined()
  },
)

const login = userInfo().username
test.skipIf(login.length <= 3)(
  'C4 the name that one signs in to this computer with counts for nothing (not told of names up to 3 letters)',
  async () => {
    expect(await passphraseFault(`${login}-${login}-${login}`, [])).toStrictEqual(names)
  },
)
