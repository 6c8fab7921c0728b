import { expect, test } from 'vitest'
import { DraftKey } from '../../../../preload/contract/drafts.ts'
import { screens } from '../../../../renderer/app/screens.ts'
import { draftedStores } from '../../../../renderer/state/page-store.ts'

test('with the table of screens alone, every kind of draft has a store that takes it back', () => {
  expect(screens.length).toBeGreaterThan(0)
  const kinds = draftedStores().map(({ what }) => what)
  expect(kinds.sort()).toEqual([...DraftKey.shape.what.options].sort())
})
