import { describe, expect, test } from 'vitest'
import type { Outcome } from '../../../../domain/problem.ts'
import { createVault } from '../../../../main/vault/vault.ts'
import { cheapScrypt } from '../../../support/cheap-scrypt.ts'
import { createMemoryKeychain } from '../../../support/memory-keychain.ts'
import { createMemoryStore } from '../../../support/memory-store.ts'
import { createVirtualTime } from '../../../support/virtual-time.ts'

const passphrase = 'correct horse battery'
const next = 'quite another passphrase'
const id = '11111111-1111-4111-8111-111111111111'
const other = '22222222-2222-4222-8222-222222222222'

/** How a passphrase change was interrupted: at the first write of this entry; and which passphrase is right then. */
interface Interrupted {
  readonly replaceKey: boolean
  readonly at: string
  readonly right: string
}

const plain: Interrupted = { replaceKey: false, at: 'keyring', right: passphrase }

/** A keychain as Curfew leaves it, with every kind of entry: also those of an interrupted passphrase change. */
async function filled({ replaceKey, at }: Interrupted = plain): Promise<ReadonlyMap<string, string>> {
  let armed = false
  const keychain = createMemoryKeychain()
  const { set } = keychain
  let killed = false
  keychain.set = async (account, value) => {
    killed ||= armed && account === at
    if (killed) throw new Error('killed')
    await set(account, value)
  }
  const remove = keychain.delete
  keychain.delete = async (account) => {
    if (killed) throw new Error('killed')
    return remove(account)
  }
  const vault = vaultOver(keychain)
  await vault.setUp(passphrase)
  await vault.credentials.write(id, 'password of one')
  await vault.credentials.write(other, 'password of two')
  armed = true
  await vault.changePassphrase(passphrase, next, { replaceKey }).catch(() => undefined)
  expect(killed).toBe(true)
  // The count of tries is no secret, and has tests of its own.
  keychain.entries.delete('attempts')
  return keychain.entries
}

function vaultOver(keychain = createMemoryKeychain(), attemptsStore = createMemoryStore()) {
  const time = createVirtualTime()
  return createVault({
    keychain,
    clock: time.clock,
    after: time.after,
    attemptsStore,
    settings: () => ({
      autoLockMinutes: 10,
      lockOnSuspend: true,
      lockOnScreenLock: true,
      lockOnMinimise: false,
    }),
    knownWords: () => [],
    log: () => {},
    scryptCost: cheapScrypt,
  })
}

const flip = (text: string, at: number) => {
  const was = text.charAt(at)
  return `${text.slice(0, at)}${was === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`
}

const strange = [
  '',
  '0',
  '-1',
  '1.5',
  '1e9',
  '9999999999',
  '99999999999999999999',
  'NaN',
  'x',
  'ä€😀',
  ' ',
  '\n',
]
const costs = [
  '1-1-1',
  '0-8-1',
  '4-1-1',
  '4-8-0',
  '3-8-1',
  '4-7-1',
  '17-8-99',
  '25-8-1',
  '30-8-1',
  '99-99-99',
]
const oddCosts = ['-4-8-1', 'a-b-c', '4-8', '4-8-1-1', '4.5-8-1', '4-8-1e3', '4--8-1', '١-٨-١', '']

/** A text in every damaged form: each field replaced, gone or doubled, each character flipped, cut at each one. */
function damaged(text: string, others: readonly string[]): readonly string[] {
  const fields = text.split('.')
  const put = (at: number, ...by: readonly string[]) => fields.toSpliced(at, 1, ...by).join('.')
  const replaced = fields.flatMap((field, at) => [
    ...[...strange, ...costs, ...oddCosts].map((each) => put(at, each)),
    put(at),
    put(at, field, field),
    put(at, field.repeat(1000)),
  ])
  const flipped = Array.from(text, (_, at) => flip(text, at))
  const cut = Array.from(text, (_, at) => text.slice(0, at))
  return [...replaced, ...flipped, ...cut, `${text}.`, `${text}A`, ` ${text}`, ...strange, ...others]
}

/** A wrap as somebody writes it who leaves out the checksum, as earlier versions did. */
const withoutChecksum = (wrap: string) => wrap.replace(/\.[\w-]{8}$/, '')

const words = (outcome: Outcome<unknown>) =>
  outcome.ok ? JSON.stringify(outcome.value) : `${outcome.problem.code}: ${outcome.problem.message}`

/** What may be answered: anything but a bug's own words. */
const named =
  /^\{"outcome":"(unlocked|wrong-passphrase|too-soon)"|^keychain-unavailable: .+“.+”.+|^password-needed: /

describe('B8 whoever writes to the keychain while Curfew is locked', () => {
  test.each([
    ['the passphrase was being changed', plain],
    ['a new key was announced', { replaceKey: true, at: 'keyring', right: passphrase }],
    ['a new key was in force', { replaceKey: true, at: 'manifest', right: next }],
    ['everything was being sealed anew', { replaceKey: true, at: `instance:${other}`, right: next }],
  ] as const)(
    'B8 is answered with a named fault, whatever is done to an entry, and no wrong passphrase goes uncounted: while %s',
    async (_, interrupted) => {
      const good = await filled(interrupted)
      let tried = 0
      const unnamed: string[] = []
      const uncounted: string[] = []
      for (const [entry, text] of good) {
        const others = [...good].filter(([name]) => name !== entry).map(([, value]) => value)
        const forms = entry.startsWith('keyring') ? [text, withoutChecksum(text)] : [text]
        for (const bad of [undefined, ...new Set(forms.flatMap((form) => damaged(form, others)))]) {
          tried += 1
          const entries = new Map(good)
          if (bad === undefined) entries.delete(entry)
          else entries.set(entry, bad)
          const about = `${entry} = ${JSON.stringify(bad)?.slice(0, 120)}`
          const attemptsStore = createMemoryStore()
          const guessed = await vaultOver(createMemoryKeychain(new Map(entries)), attemptsStore).unlock(
            'a guess',
          )
          const counted = (attemptsStore.value as { failures: number } | undefined)?.failures === 1
          const opened = vaultOver(createMemoryKeychain(new Map(entries)))
          const right = await opened.unlock(interrupted.right)
          const answers = [
            guessed,
            right,
            await opened.credentials.read(id),
            await opened.credentials.read(other),
          ]
          for (const answer of answers.slice(0, 2))
            if (!named.test(words(answer))) unnamed.push(`${about}: ${words(answer)}`)
          if (right.ok && opened.isUnlocked()) {
            for (const read of answers.slice(2))
              if (!(read.ok || named.test(words(read)))) unnamed.push(`${about}: ${words(read)}`)
          }
          // Whoever sees the two told apart has paid for the wrong one.
          if (!counted && words(guessed) !== words(right)) uncounted.push(about)
        }
      }
      expect(unnamed.slice(0, 5)).toEqual([])
      expect(uncounted.slice(0, 5)).toEqual([])
      expect(tried).toBeGreaterThan(1000)
    },
    120_000,
  )

  test('B8 gets no cheaper guess: a wrap that costs less than Curfew’s own is never worked on', async () => {
    const good = await filled()
    for (const cost of [...costs, ...oddCosts]) {
      const entries = new Map(good)
      entries.delete('keyring.next')
      entries.set('keyring', withoutChecksum(good.get('keyring') ?? '').replace('.4-8-1.', `.${cost}.`))
      const vault = vaultOver(createMemoryKeychain(entries))
      expect(words(await vault.unlock(passphrase)), cost).toMatch(/^keychain-unavailable: .*“keyring”/)
    }
  })

  test('B8 is told from a person who mistyped: a damaged wrap is no wrong passphrase', async () => {
    const good = await filled()
    const wrap = good.get('keyring') ?? ''
    const entries = new Map(good)
    entries.delete('keyring.next')
    for (let at = 0; at < wrap.length; at += 1) {
      entries.set('keyring', flip(wrap, at))
      const answer = words(await vaultOver(createMemoryKeychain(new Map(entries))).unlock(passphrase))
      expect(answer, `${at}`).toMatch(/^keychain-unavailable: /)
    }
  })
})
