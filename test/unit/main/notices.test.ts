import { expect, test } from 'vitest'
import { createNotices } from '../../../main/notices.ts'
import { contract } from '../../../preload/contract/index.ts'

test('a notice is told once, and once dismissed not again, however long it is', () => {
  const notices = createNotices()
  const notice = { title: 'A mistake', detail: 'in a long file name '.repeat(50) }
  notices.add(notice)
  notices.add(notice)
  notices.add({ ...notice, title: 'Another' })
  expect(notices.list()).toMatchObject([notice, { ...notice, title: 'Another' }])
  for (const { id } of notices.list()) {
    expect(contract['app.dismissNotice'].in.safeParse({ id }).success).toBe(true)
    notices.dismiss(id)
  }
  notices.add(notice)
  expect(notices.list()).toEqual([])
})
