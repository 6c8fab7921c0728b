import type { ConnectionState } from '../../domain/instance.ts'

const time = { hour: '2-digit', minute: '2-digit' } as const
const day = { day: 'numeric', month: 'short' } as const

/**
 * When something was, as short as can be: `14:02` today, `3 Nov, 14:02` this year.
 *
 * @param locale the system's own, unless given
 */
export function formatInstant(
  instant: string | number,
  now = new Date(),
  locale = navigator.language,
): string {
  const at = new Date(instant)
  if (at.toDateString() === now.toDateString()) return formatterOf(locale, time).format(at)
  const dated = { ...day, ...time }
  const sameYear = at.getFullYear() === now.getFullYear()
  return formatterOf(locale, sameYear ? dated : { ...dated, year: 'numeric' }).format(at)
}

const formatters = new Map<string, Intl.DateTimeFormat>()

/** Making one takes long enough to be felt in a table. */
function formatterOf(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${Object.keys(options)}`
  const formatter = formatters.get(key) ?? new Intl.DateTimeFormat(locale, options)
  formatters.set(key, formatter)
  return formatter
}

/** How an instance stands, in the few words of the sidebar and the top bar. */
export function connectionWords(connection: ConnectionState): string {
  switch (connection.status) {
    case 'connected':
      return 'Connected'
    case 'connecting':
      return 'Connecting…'
    case 'offline':
      return `Offline since ${formatInstant(connection.since)}`
    case 'sign-in-needed':
      return 'Sign-in needed'
  }
}
