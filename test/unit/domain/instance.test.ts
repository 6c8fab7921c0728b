import { describe, expect, test } from 'vitest'
import { parseBaseUrl } from '../../../domain/instance.ts'

describe('the address of a server', () => {
  test.each([
    ['https://sessions.example.com/', 'https://sessions.example.com'],
    ['sessions.example.com', 'https://sessions.example.com'],
    ['  https://example.com/base/  ', 'https://example.com/base'],
    ['localhost:4180', 'http://localhost:4180'],
    ['http://127.0.0.1:4180', 'http://127.0.0.1:4180'],
    ['http://[::1]:4180', 'http://[::1]:4180'],
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
  ])('%s is refused, saying why', (typed, words) => {
    expect(parseBaseUrl(typed)).toEqual({ fault: expect.stringContaining(words) })
  })
})
