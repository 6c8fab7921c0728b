import { succeed } from '../../../domain/problem.ts'
import { draftName } from '../../../preload/contract/drafts.ts'
import type { Vault } from '../../vault/vault.ts'
import type { HandlersOf } from '../door.ts'

export function createDraftsHandlers({
  vault: { drafts },
}: {
  readonly vault: Pick<Vault, 'drafts'>
}): HandlersOf<'drafts'> {
  return {
    'drafts.keep': ({ key, text }) => {
      drafts.keep(draftName(key), text)
      return succeed(undefined)
    },
    'drafts.take': ({ keys }) => succeed(keys.map((key) => drafts.take(draftName(key)) ?? null)),
    'drafts.drop': ({ key }) => {
      drafts.drop(draftName(key))
      return succeed(undefined)
    },
  }
}
