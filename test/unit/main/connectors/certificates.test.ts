import { createHash, createPublicKey, X509Certificate } from 'node:crypto'
import { generate } from 'selfsigned'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  createCertificates,
  type OpenWay,
  type Verdict,
} from '../../../../main/connectors/http/certificates.ts'
import { exchange } from '../../../../main/connectors/http/exchange.ts'

const url = 'https://sessions.example.com/api/v1/server'
const { signal } = new AbortController()

/** Two certificates of one name with different keys, and a renewal of the first with the same key. */
let first: string
let second: string
let renewed: string
let pinOfFirst: string
let pinOfSecond: string

beforeAll(async () => {
  const name = [{ name: 'commonName', value: 'sessions.example.com' }]
  const one = await generate(name)
  first = one.cert
  const other = await generate(name)
  second = other.cert
  renewed = (await generate(name, { keyPair: { privateKey: one.private, publicKey: one.public } })).cert
  pinOfFirst = pinOfKey(one.private)
  pinOfSecond = pinOfKey(other.private)
})

/** The pin as whoever runs a server works it out, from the key itself. */
function pinOfKey(privateKey: string): string {
  const key = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(key).digest('base64')
}

/** A network on which every server shows the certificate that the test says, and remembers what it was sent. */
function network(shows: { pem: string; isTrusted?: boolean } | undefined) {
  const state = { shows }
  const sent: string[] = []
  const names: string[] = []
  const verdicts = new Map<string, Verdict>()
  const open: OpenWay = (name, verify) => {
    names.push(name)
    return async (to) => {
      if (!state.shows) throw new Error('net::ERR_CONNECTION_REFUSED')
      const { pem, isTrusted = true } = state.shows
      const { hostname } = new URL(to)
      // As Chromium does, a verdict on a certificate is remembered for that way.
      const key = `${name} ${hostname} ${pem}`
      const verdict = verdicts.get(key) ?? verify({ hostname, pem, isTrusted })
      verdicts.set(key, verdict)
      if (verdict === 'refused') throw new Error('net::ERR_SSL_PINNED_KEY_NOT_IN_CERT_CHAIN')
      if (!isTrusted) throw new Error('net::ERR_CERT_AUTHORITY_INVALID')
      sent.push(`${name.replace(/-.*/, '')} ${to}`)
      return Response.json({})
    }
  }
  return { certificates: createCertificates(open), state, sent, names }
}

describe('B8: a server that is held to one certificate key', () => {
  test('is sent what there is to send while it shows that key, also in a renewed certificate', async () => {
    const { certificates, state, sent } = network({ pem: first })
    const fetch = certificates.fetchPinned(pinOfFirst)
    expect(await exchange(fetch, url)).toMatchObject({ ok: true })
    expect(new X509Certificate(renewed).fingerprint256).not.toBe(new X509Certificate(first).fingerprint256)
    state.shows = { pem: renewed }
    expect(await exchange(fetch, url)).toMatchObject({ ok: true })
    expect(sent).toHaveLength(2)
  })

  test('is sent nothing once it shows another, every time; both fingerprints are said, and what to do', async () => {
    const { certificates, state, sent } = network({ pem: first })
    const fetch = certificates.fetchPinned(pinOfFirst)
    await exchange(fetch, url)
    state.shows = { pem: second }
    for (let again = 0; again < 3; again += 1) {
      const answer = await exchange(fetch, url, { method: 'POST', body: { password: 'p' } })
      expect(answer).toMatchObject({ problem: { code: 'another-certificate' }, mayHaveActed: false })
      const words = answer.ok ? '' : answer.problem.message
      for (const part of [pinOfFirst, pinOfSecond, 'sessions.example.com', 'pin the new one in Settings'])
        expect(words).toContain(part)
    }
    expect(sent).toHaveLength(1)
    state.shows = { pem: first }
    expect(await exchange(fetch, url)).toMatchObject({ ok: true })
  })

  test('has to be trusted by this computer besides', async () => {
    const { certificates, sent } = network({ pem: first, isTrusted: false })
    expect(await exchange(certificates.fetchPinned(pinOfFirst), url)).toMatchObject({
      problem: { code: 'untrusted-certificate' },
    })
    expect(sent).toEqual([])
  })

  test('is sent nothing over plain http, or where what it shows is no certificate', async () => {
    const { certificates, sent } = network({ pem: 'not a certificate' })
    const fetch = certificates.fetchPinned(pinOfFirst)
    for (const address of [url, 'http://127.0.0.1:4180/api/v1/server', 'http://localhost/'])
      expect(await exchange(fetch, address)).toMatchObject({ problem: { code: 'another-certificate' } })
    expect(sent).toEqual([])
  })

  test('that can’t be reached is said to be that, whatever it has shown before', async () => {
    const { certificates, state } = network({ pem: second })
    const fetch = certificates.fetchPinned(pinOfFirst)
    await exchange(fetch, url)
    state.shows = undefined
    expect(await exchange(fetch, url)).toMatchObject({ problem: { code: 'unreachable' } })
  })

  test('shares its connections with whoever has the same pin, and with nobody else', () => {
    const { certificates, names } = network({ pem: first })
    const fetch = certificates.fetchPinned(pinOfFirst)
    expect(certificates.fetchPinned(pinOfFirst)).toBe(fetch)
    certificates.fetchPinned(pinOfSecond)
    expect(new Set(names).size).toBe(2)
    expect(names).toHaveLength(2)
    for (const name of names) expect(name).not.toMatch(/^persist:|curfew-servers/)
  })
})

describe('B8: a look at what a server shows', () => {
  test('tells the pin as it is worked out from the key, sends nothing, and is new each time', async () => {
    const { certificates, state, sent } = network({ pem: first })
    expect(await certificates.shownAt('https://sessions.example.com', signal)).toEqual({
      ok: true,
      value: pinOfFirst,
    })
    state.shows = { pem: second }
    expect(await certificates.shownAt('https://sessions.example.com', signal)).toEqual({
      ok: true,
      value: pinOfSecond,
    })
    state.shows = { pem: first }
    expect(await certificates.shownAt('https://sessions.example.com', signal)).toEqual({
      ok: true,
      value: pinOfFirst,
    })
    expect(sent).toEqual([])
  })

  test.each([
    [
      'a certificate that this computer does not trust',
      () => ({ pem: first, isTrusted: false }),
      'untrusted-certificate',
    ],
    ['nothing', () => undefined, 'unreachable'],
  ])('that finds %s is a problem in words', async (_, shows, code) => {
    const { certificates, sent } = network(shows())
    expect(await certificates.shownAt('https://sessions.example.com', signal)).toMatchObject({
      problem: { code },
    })
    expect(sent).toEqual([])
  })
})
