import type { Preview } from '../../domain/preview.ts'
import { countOfPeople, countOfSessions } from './count-words.ts'

/** B1: what a change would do now, in words. */
export function previewWords({ endsSessions, endsUsers, endsYours }: Preview): string {
  if (endsSessions === 0) return 'Ends no session now.'
  const ends = `Ends ${countOfSessions(endsSessions)} of ${countOfPeople(endsUsers)} now.`
  return endsYours ? `${ends} Yours is one of them.` : `${ends} Yours is not among them.`
}
