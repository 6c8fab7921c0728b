import { describe, expect, test } from 'vitest'
import { parseBaseUrl } from '../../../domain/address.ts'

describe('the address of a server', () => {
  test.each([
    ['https://sessions.example.com/', 'https://sessions.example.com'],
    ['sessions.example.com', 'https://sessions.example.com'],
    ['  https://example.com/base/  ', 'https://example.com/base'],
    ['localhost:4180', 'http://localhost:4180'],
    ['http://127.0.0.1:4180', 'http://127.0.0.1:4180'],
    ['http://[::1]:4180', 'http://[::1]:4180'],
    ['[::1]:4180', 'http://[::1]:4180'],
    ['127.0.0.1:4180/', 'http://127.0.0.1:4180'],
    ['127.1', 'http://127.0.0.1'],
    ['LOCALHOST:443', 'http://localhost:443'],
    ['localhost.:4180', 'http://localhost:4180'],
    ['localhosting.example.com', 'https://localhosting.example.com'],
    ['localhost.example.com', 'https://localhost.example.com'],
    ['127.example.com', 'https://127.example.com'],
    ['127.0.0.1.nip.io', 'https://127.0.0.1.nip.io'],
    ['127.0.0.1.nip.io:8443/base', 'https://127.0.0.1.nip.io:8443/base'],
    ['https:/sessions.example.com', 'https://sessions.example.com'],
    ['https:sessions.example.com', 'https://sessions.example.com'],
    ['https:///sessions.example.com', 'https://sessions.example.com'],
    ['https//sessions.example.com/base', 'https://sessions.example.com/base'],
    ['HTTPS:\\\\sessions.example.com', 'https://sessions.example.com'],
    ['//sessions.example.com', 'https://sessions.example.com'],
    ['https.example.com', 'https://https.example.com'],
    ['Sessions.Example.COM.', 'https://sessions.example.com'],
    ['https://sessions.example.com.', 'https://sessions.example.com'],
    ['“https://sessions.example.com”', 'https://sessions.example.com'],
    ['<https://sessions.example.com>', 'https://sessions.example.com'],
    ['‘sessions.example.com’,', 'https://sessions.example.com'],
    ['« https://sessions.example.com/base/ »', 'https://sessions.example.com/base'],
    ['(https://sessions.example.com);', 'https://sessions.example.com'],
    ['`localhost:4180`', 'http://localhost:4180'],
    ['\u200bhttps://sessions.\u00adexample.com\ufeff', 'https://sessions.example.com'],
    ['\u202ahttps://sessions.example.com\u202c', 'https://sessions.example.com'],
    ['https://sessions.example.com/sign-in', 'https://sessions.example.com/sign-in'],
  ])('%s is read as %s', (typed, url) => {
    expect(parseBaseUrl(typed)).toEqual({ url })
  })

  test.each([
    ['', 'Type the address'],
    ['http://sessions.example.com', 'Use https://'],
    ['http://127.0.0.1.example.com', 'Use https://'],
    ['http://localhost.example.com', 'Use https://'],
    ['ftp://example.com', 'must begin with https://'],
    ['javascript:alert(1)', 'not an address'],
    ['https://ann:secret@example.com', 'Leave the name and password out'],
    ['https://example.com/?a=1', 'Leave out everything'],
    ['https://', 'not an address'],
    ['https:', 'not an address'],
    ['“”', 'Type the address'],
    ['http:/sessions.example.com', 'Use https://'],
    ['http://127.0.0.1.nip.io', 'Use https://'],
    ['“https://ann:secret@example.com”', 'Leave the name and password out'],
  ])('%s is refused, saying why', (typed, words) => {
    expect(parseBaseUrl(typed)).toEqual({ fault: expect.stringContaining(words) })
  })
})
