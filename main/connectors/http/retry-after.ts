/** The shortest and the longest pause that a server's word is taken for, in seconds. */
const shortest = 1
const longest = 5 * 60

/** An HTTP date of today's form; the two older forms are no longer sent by anybody (RFC 9110, 5.6.7). */
const httpDate = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/

/**
 * Reads `Retry-After`, which may hold seconds or a date (RFC 9110, 10.2.3).
 *
 * @param now milliseconds since 1970: what a date is counted from, by the server's own clock where it tells it
 * @returns seconds from 1 to 300; `undefined` where nothing was said that can be meant, such as a date in the past
 */
export function readRetryAfter(header: string | null, now: number): number | undefined {
  const text = header?.trim() ?? ''
  const seconds = /^\d+$/.test(text)
    ? Number(text)
    : httpDate.test(text)
      ? (Date.parse(text) - now) / 1000
      : 0
  return seconds > 0 ? Math.min(Math.max(Math.ceil(seconds), shortest), longest) : undefined
}
