import type { ConnectionState } from '../../domain/instance.ts'

const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const dayAndTime = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
})
const withYear = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
})

/** When something was, as short as can be: `14:02` today, `3 Nov, 14:02` this year. */
export function formatInstant(instant: string | number, now = new Date()): string {
  const at = new Date(instant)
  if (at.toDateString() === now.toDateString()) return time.format(at)
  return (at.getFullYear() === now.getFullYear() ? dayAndTime : withYear).format(at)
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
