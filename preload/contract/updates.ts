import { UpdateState } from '../../domain/update.ts'
import { channel, done, none } from './channel.ts'

/** Updates of Curfew itself. What a call sets off is told as `updates.state`. */
export const updatesChannels = {
  'updates.state': channel({ in: none, out: UpdateState }),
  /** Asks the feed now; answered once it has. */
  'updates.check': channel({ in: none, out: done }),
  /** Begins to download what was found: nothing is downloaded without this call. */
  'updates.download': channel({ in: none, out: done }),
  /** Ends a download, or drops what was downloaded. */
  'updates.cancel': channel({ in: none, out: done }),
} as const
