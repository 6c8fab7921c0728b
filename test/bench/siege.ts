import { fork } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import type { Row } from './row.ts'
import { fill, password } from './service-data.ts'
import { ms, type Running, startService } from './service-process.ts'

const username = 'besieged-owner'
const Report = z.object({ sent: z.number(), answers: z.record(z.string(), z.number()) })

/** An attack in a process of its own, so that it and what is measured share no thread. */
function startAttack(origin: string) {
  const child = fork(new URL('siege-attack.ts', import.meta.url), [origin, username])
  const started = performance.now()
  let report: z.infer<typeof Report> = { sent: 0, answers: {} }
  child.on('message', (message) => {
    report = Report.parse(message)
  })
  const answered = () => Object.values(report.answers).reduce((sum, count) => sum + count, 0)
  return {
    answered,
    words: () => {
      const perSecond = Math.round((answered() / (performance.now() - started)) * 1_000)
      const statuses = Object.entries(report.answers).map(([status, count]) => `${status}: ${count}`)
      return `${report.sent} sent, ${perSecond}/s answered (${statuses.join(', ')})`
    },
    [Symbol.asyncDispose]: async () => {
      child.kill()
      await once(child, 'exit')
    },
  }
}

const mostMs = 8_000

/** Signs in as a patient client does, coming again when it is told to. @returns how long until it was in */
async function signIn(running: Running, address: string, device?: string) {
  const started = performance.now()
  const signal = AbortSignal.timeout(mostMs)
  let tries = 0
  while (!signal.aborted) {
    tries++
    const response = await fetch(`${running.origin}/api/v1/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
      body: JSON.stringify({ username, password, ...(device !== undefined && { device }) }),
      signal,
    }).catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
    if (!response) break
    const body = z.object({ device: z.string().optional() }).parse(await response.json())
    if (response.status === 201) return { took: performance.now() - started, tries, device: body.device }
    await wait(1_000 * Number(response.headers.get('retry-after') ?? 1))
  }
  return { took: Number.POSITIVE_INFINITY, tries, device: undefined }
}

const target = 'at most 5 s'

/**
 * The right Owner signs in while 1,000 attempts a second come from 10,000 addresses. In the first wave, until each
 * attacking network has tried once, nothing tells a new device from an attacker: so that one is measured after it, or
 * after 22 s of it where this machine answers fewer, which the row says.
 */
export async function measure(print: (row: Row) => void): Promise<void> {
  const { folder } = await fill(1, 1)
  try {
    const proxy = ['--behind-proxy', '--public-origin', 'http://localhost:4180']
    await using running = await startService(['--data', folder, ...proxy])
    // Added through the service, so that this password costs what the service makes passwords cost.
    const added = await running.ask('POST', 'users', {
      username,
      displayName: 'Owner',
      email: 'besieged@example.com',
      role: 'owner',
      password,
    })
    if (added.status !== 201) throw new Error(`The Owner could not be made: ${added.status}`)
    const before = await signIn(running, '192.0.2.7')
    await using attack = startAttack(running.origin)
    const row = (name: string, { took, tries }: { took: number; tries: number }) =>
      print({
        name: `Signing in during a siege, ${name}`,
        value: `${ms(took)}, ${tries} tries, before ${ms(before.took)}; ${attack.words()}`,
        target,
        ok: took <= 5_000,
      })
    const answeredAtLeast = async (count: number, withinMs: number) => {
      const end = performance.now() + withinMs
      while (attack.answered() < count && performance.now() < end) await wait(20)
    }
    await answeredAtLeast(1_000, 4_000)
    row('known device, in the first wave', await signIn(running, '198.51.100.7', before.device))
    await answeredAtLeast(10_500, 22_000)
    const warm = Math.min(10_000, attack.answered())
    row(`new device, after ${warm} of the 10000 networks have tried`, await signIn(running, '203.0.113.7'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
