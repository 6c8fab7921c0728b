import type { Row } from '../test/bench/row.ts'

/**
 * `npm run bench [-- group …]`: prints each figure with its target and `ok` or `MISS`; any miss makes the exit code
 * non-zero. All are ratios within this run, or sizes: the machine may be shared and noisy.
 */
const groups: Readonly<
  Record<string, () => Promise<{ measure: (print: (row: Row) => void) => Promise<void> }>>
> = {
  app: () => import('../test/bench/app.ts'),
  lock: () => import('../test/bench/lock.ts'),
  service: () => import('../test/bench/service.ts'),
  siege: () => import('../test/bench/siege.ts'),
  streams: () => import('../test/bench/streams.ts'),
}

const chosen = process.argv.slice(2)
const unknown = chosen.filter((name) => !(name in groups))
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}. There are: ${Object.keys(groups).join(', ')}.`)
  process.exit(2)
}

let missed = 0
for (const [name, load] of Object.entries(groups)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue
  const { measure } = await load()
  await measure((row) => {
    if (!row.ok) missed += 1
    console.log(
      `${name.padEnd(8)} ${row.name.padEnd(60)} ${row.value.padStart(12)}  ${row.target.padEnd(12)} ${row.ok ? 'ok' : 'MISS'}`,
    )
  })
}
process.exitCode = missed > 0 ? 1 : 0
