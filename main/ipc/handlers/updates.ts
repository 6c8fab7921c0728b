import { succeed } from '../../../domain/problem.ts'
import type { Updates } from '../../updates/updates.ts'
import type { HandlersOf } from '../door.ts'

export interface UpdatesParts {
  readonly updates: Pick<Updates, 'state' | 'check' | 'download' | 'cancel'>
}

export function createUpdatesHandlers({ updates }: UpdatesParts): HandlersOf<'updates'> {
  return {
    'updates.state': () => succeed(updates.state()),
    'updates.check': () => updates.check(),
    'updates.download': () => updates.download(),
    'updates.cancel': () => {
      updates.cancel()
      return succeed(undefined)
    },
  }
}
