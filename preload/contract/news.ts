import { z } from 'zod'
import { InstanceNotice, NewsState } from '../../domain/news.ts'
import { channel, done, none } from './channel.ts'

/** Which notice: one record of a server may be worth two. */
const NoticeKey = z.strictObject(InstanceNotice.pick({ instance: true, id: true, what: true }).shape)

/** What servers tell by themselves. */
export const newsChannels = {
  'news.state': channel({ in: none, out: NewsState }),
  /** They have been seen, and are not told again. */
  'news.dismiss': channel({
    in: z.strictObject({ notices: z.array(NoticeKey).min(1).max(20_000) }),
    out: done,
  }),
} as const
