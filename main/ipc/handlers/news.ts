import { succeed } from '../../../domain/problem.ts'
import type { News } from '../../administration/news.ts'
import type { HandlersOf } from '../door.ts'

export interface NewsParts {
  readonly news: Pick<News, 'state' | 'dismiss'>
}

export function createNewsHandlers({ news }: NewsParts): HandlersOf<'news'> {
  return {
    'news.state': () => succeed(news.state()),
    'news.dismiss': async ({ notices }) => {
      await news.dismiss(notices)
      return succeed(undefined)
    },
  }
}
