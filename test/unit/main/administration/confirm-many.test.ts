import { expect, test } from 'vitest'
import { createConfirmMany } from '../../../../main/administration/confirm-many.ts'

/** A person who says what they are told to, and the unlocked period they are in. */
function build() {
  const world = { says: true, asked: [] as string[], period: new AbortController() }
  const confirmMany = createConfirmMany(
    async ({ message, detail }) => {
      world.asked.push(`${message} ${detail}`)
      return world.says
    },
    () => world.period.signal,
  )
  return { world, order: (count: number) => confirmMany(count, `sign out ${count} people`, 'Production') }
}

test('O4: up to 50 are ended on the window’s word; more are confirmed outside it, the instance named', async () => {
  const { world, order } = build()
  expect(await order(50)).toMatchObject({ ok: true })
  expect(world.asked).toEqual([])
  expect(await build().order(51)).toMatchObject({ ok: true })
  world.says = false
  expect(await order(10_000)).toMatchObject({ problem: { code: 'refused' } })
  expect(world.asked).toEqual([expect.stringMatching(/^Sign out 10000 people on “Production”\?/)])
})

test('O4: many small orders are one large one: the fifty-first person is asked about', async () => {
  const { world, order } = build()
  world.says = false
  for (let one = 0; one < 50; one += 1) expect(await order(1)).toMatchObject({ ok: true })
  for (let one = 0; one < 3; one += 1) expect(await order(1)).toMatchObject({ ok: false })
  expect(world.asked).toHaveLength(3)
  expect(world.asked[0]).toMatch(/50 were ended before/)
  world.says = true
  expect(await order(1)).toMatchObject({ ok: true })
  expect(await order(50)).toMatchObject({ ok: true })
  expect(world.asked).toHaveLength(4)
})

test('O4: a yes that comes after a lock is none', async () => {
  const { world, order } = build()
  const answer = order(60)
  world.period.abort()
  expect(await answer).toMatchObject({ problem: { code: 'locked' } })
})
