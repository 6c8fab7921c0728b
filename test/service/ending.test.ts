import fc from 'fast-check'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { sessionKinds } from '../../domain/session.ts'
import { hasEnded, sessionEnd } from '../../domain/session-lifetime.ts'
import { ended, endingRules } from '../../service/store/ending.ts'
import { startService } from './support.ts'

const at = Date.UTC(2026, 4, 4, 9)
const instant = fc.integer({ min: at - 5_000_000, max: at })
const seconds = fc.integer({ min: 60, max: 5_000 })

const session = fc.record({
  kind: fc.constantFrom(...sessionKinds),
  createdAt: instant,
  lastActivityAt: instant,
  remembered: fc.boolean(),
})
const limits = fc.record({
  policy: fc.record({
    idleTimeout: fc.record({ enabled: fc.boolean(), seconds }),
    idleAppliesToRemembered: fc.boolean(),
    rememberMe: fc.record({ enabled: fc.boolean(), maximumSeconds: seconds }),
  }),
  tokenSeconds: seconds,
  kubernetesSeconds: seconds,
})

test('The rules in SQL say the same as the domain’s: whether a session is over, when, and why', async () => {
  await using service = await startService({ at })
  const { read } = service.service.services.database
  await fc.assert(
    fc.asyncProperty(session, limits, async (one, under) => {
      const row = sql`(select ${one.kind} as kind, ${one.createdAt} as created_at,
        ${one.lastActivityAt} as last_activity_at, ${one.remembered ? 1 : 0} as remembered) as one`
      const over = await sql<{ over: number }>`select ${ended(under, at)} as over from ${row}`.execute(read)
      expect(over.rows[0]?.over === 1).toBe(hasEnded(one, under, at))
      const found = await Promise.all(
        endingRules(under, at).map((rule) =>
          sql<{ at: number; because: string }>`select ${rule.endsAt} as at, ${rule.reason} as because
            from ${row} where ${rule.ended}`.execute(read),
        ),
      )
      const [first] = found.flatMap(({ rows }) => rows)
      if (hasEnded(one, under, at)) expect({ ...first }).toEqual(sessionEnd(one, under))
      else expect(first).toBeUndefined()
    }),
    { numRuns: 500 },
  )
})
