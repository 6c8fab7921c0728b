import { describe, expect, test } from 'vitest'
import type { Question } from '../../../../main/confirm.ts'
import { createHosts } from '../../../../main/instances/hosts.ts'

const host = 'https://sessions.example.com'

/** The hosts, and a person who answers what the test says; `period` is the unlocked period. */
function build(answer: () => boolean | Promise<boolean> = () => true) {
  const asked: Question[] = []
  const signals: AbortSignal[] = []
  const period = new AbortController()
  const hosts = createHosts(async (question, signal) => {
    asked.push(question)
    signals.push(signal)
    return await answer()
  })
  const confirm = (baseUrl: string, why?: string) => hosts.confirm(baseUrl, period.signal, why)
  return { hosts, asked, signals, period, confirm }
}

const yes = { ok: true, value: undefined }
const no = {
  ok: false,
  problem: { code: 'refused', message: 'This address was not confirmed, so nothing was sent there.' },
}

describe('C1: a host', () => {
  test('C1: is asked about before it is asked anything, in words that name it and what will go there', async () => {
    const { asked, signals, period, confirm } = build()
    expect(await confirm(`${host}/curfew/`)).toEqual(yes)
    expect(asked).toEqual([
      {
        message: 'Connect to https://sessions.example.com?',
        detail: [
          'Curfew has not been there before.',
          'It will send the password that was typed there. Go on only if you know this address and have just asked for it.',
        ].join('\n\n'),
        yes: 'Connect',
      },
    ])
    // The end of the unlocked period ends the dialog.
    expect(signals).toEqual([period.signal])
  })

  test('C1: that was said yes to is not asked about again, whatever its path; any other origin is', async () => {
    const { asked, confirm } = build()
    for (const url of [
      host,
      `${host}/another/path`,
      'https://sessions.example.com:444',
      'http://sessions.example.com',
      'https://evil.example.com',
      'https://example.com',
    ])
      expect(await confirm(url)).toEqual(yes)
    expect(asked.map(({ message }) => message)).toEqual([
      'Connect to https://sessions.example.com?',
      'Connect to https://sessions.example.com:444?',
      'Connect to http://sessions.example.com?',
      'Connect to https://evil.example.com?',
      'Connect to https://example.com?',
    ])
  })

  test('C1: that was said no to is refused in words, and asked about the next time too', async () => {
    const { asked, confirm } = build(() => false)
    expect(await confirm(host)).toEqual(no)
    expect(await confirm(host)).toEqual(no)
    expect(asked).toHaveLength(2)
  })

  test('C1: that a sealed credential vouches for is not asked about, whatever its path', async () => {
    const { hosts, asked, confirm } = build(() => false)
    hosts.vouch(`${host}/curfew`)
    expect(await confirm(`${host}/elsewhere`)).toEqual(yes)
    expect(asked).toEqual([])
    expect(await confirm('https://another.example.com')).toEqual(no)
  })

  test('C1: that is known is asked about all the same where there is a reason, which is said', async () => {
    const { hosts, asked, confirm } = build(() => false)
    hosts.vouch(host)
    expect(await confirm(host, 'Another server may answer there.')).toEqual(no)
    expect(asked[0]?.detail).toMatch(/^Another server may answer there\.\n\nIt will send the password/)
  })

  test('C4: is forgotten at the lock, whether it was vouched for or said yes to', async () => {
    const { hosts, asked, confirm } = build()
    hosts.vouch(host)
    await confirm('https://another.example.com')
    hosts.forget()
    await confirm(host)
    await confirm('https://another.example.com')
    expect(asked).toHaveLength(3)
  })

  test('C4: that was said yes to after the lock is known to nobody in the next unlocked period', async () => {
    const answer = Promise.withResolvers<boolean>()
    const { asked, period, confirm, hosts } = build(() => answer.promise)
    const confirming = confirm(host)
    period.abort()
    answer.resolve(true)
    await confirming
    expect(await hosts.confirm(host, new AbortController().signal)).toEqual(yes)
    expect(asked).toHaveLength(2)
  })

  test.each([
    // A Latin name with one Cyrillic letter in it, and one that is Cyrillic throughout.
    ['https://xn--sssions-7gg.example.com', 'sеssions.example.com'],
    ['https://xn--e1afmkfd.example.com:444', 'пример.example.com'],
  ])(
    'C1: %s, whose letters are of other alphabets, is said to be that, and how it looks',
    async (url, shown) => {
      const { asked, confirm } = build()
      await confirm(url)
      expect(asked[0]?.message).toBe(`Connect to ${url}?`)
      expect(asked[0]?.detail.split('\n\n')).toEqual([
        'Curfew has not been there before.',
        `This name is written in letters of other alphabets (“${shown}”) and may only look like another.`,
        expect.stringMatching(/^It will send the password/),
      ])
    },
  )
})
