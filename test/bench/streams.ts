import { fork } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { median, type Row } from './row.ts'
import { fill } from './service-data.ts'
import { askInTurn, ms, quantile, startService, times } from './service-process.ts'

const events = 7_000
const listening = 4

/** Gives some people the right to hear of everybody, and writes down what they have missed. */
function prepare(folder: string): void {
  const raw = new DatabaseSync(join(folder, 'curfew.db'))
  raw.exec(`update users set role = 'admin' where id in ('user-0', 'user-1', 'user-2', 'user-3'); begin`)
  const event = raw.prepare(`insert into events (at, type, data) values (?, 'session-started', ?)`)
  for (let at = 0; at < events; at++)
    event.run(Date.now(), JSON.stringify({ session: { id: `session-${at}`, userId: 'user-9', kind: 'web' } }))
  raw.exec('commit')
  raw.close()
}

/** What others wait while sixty streams resume over 7,000 events each, again and again. */
export async function measure(print: (row: Row) => void): Promise<void> {
  const { folder, tokens } = await fill(10, 20)
  try {
    prepare(folder)
    await using running = await startService(['--data', folder])
    const others = tokens.slice(listening, listening + 3)
    const p95 = async () => quantile(await askInTurn(running.origin, others, 1_500), 0.95)
    await p95()
    const rounds: { readonly alone: number; readonly during: number }[] = []
    let heard = 0
    // By turns, so that both meet the same machine.
    for (let round = 0; round < 5; round++) {
      const alone = await p95()
      // A process of its own, so that what reads the streams and what is measured share no thread.
      const child = fork(new URL('streams-listeners.ts', import.meta.url), [
        running.origin,
        String(events),
        ...tokens.slice(0, listening),
      ])
      let count = 0
      child.on('message', (message) => {
        count = z.int().parse(message)
      })
      while (count === 0) await once(child, 'message')
      rounds.push({ alone, during: await p95() })
      heard += count
      child.kill()
      await once(child, 'exit')
    }
    const ratio = median(rounds.map(({ alone, during }) => during / alone))
    print({
      name: 'GET /me while 60 streams resume over 7,000 events, p95',
      value: `${ms(median(rounds.map(({ during }) => during)))}, ${times(ratio)} what it is without; ${heard} events sent meanwhile`,
      target: 'at most 3 ×',
      ok: ratio <= 3,
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
