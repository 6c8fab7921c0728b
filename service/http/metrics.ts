/** A number that is read when somebody asks. */
export interface Gauge {
  readonly name: string
  readonly help: string
  readonly value: number
  readonly labels?: Readonly<Record<string, string>>
}

export interface Metrics {
  /** Counts the answers of one route: a pattern, never an address somebody typed. */
  route(method: string, route: string): (status: number, seconds: number) => void
  /** Everything, in Prometheus' text format. */
  render(gauges: readonly Gauge[]): string
}

/** Upper ends of the duration histogram, in seconds. */
const steps = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

const escapeLabel = (value: string) =>
  value.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`))

const labelled = (labels: Readonly<Record<string, string>>) =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeLabel(value)}"`)
    .join(',')

/** Counts what the service does, for Prometheus. */
export function createMetrics(): Metrics {
  const routes: { method: string; route: string; statuses: ReadonlyMap<number, number> }[] = []
  const buckets = new Array<number>(steps.length + 1).fill(0)
  let [sum, count] = [0, 0]
  return {
    route: (method, route) => {
      const statuses = new Map<number, number>()
      routes.push({ method, route, statuses })
      return (status, seconds) => {
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
        let step = 0
        while (step < steps.length && seconds > (steps[step] ?? 0)) step++
        buckets[step] = (buckets[step] ?? 0) + 1
        sum += seconds
        count++
      }
    },
    render: (gauges) => {
      const lines = [
        '# HELP curfew_requests_total Requests answered.',
        '# TYPE curfew_requests_total counter',
      ]
      for (const { method, route, statuses } of routes)
        for (const [status, value] of statuses)
          lines.push(`curfew_requests_total{${labelled({ method, route, status: String(status) })}} ${value}`)
      lines.push(
        '# HELP curfew_request_seconds Time to answer.',
        '# TYPE curfew_request_seconds histogram',
        ...steps.map((step, index) => {
          const below = buckets.slice(0, index + 1).reduce((total, bucket) => total + bucket, 0)
          return `curfew_request_seconds_bucket{le="${step}"} ${below}`
        }),
        `curfew_request_seconds_bucket{le="+Inf"} ${count}`,
        `curfew_request_seconds_sum ${sum}`,
        `curfew_request_seconds_count ${count}`,
      )
      const announced = new Set<string>()
      const memory: Gauge = {
        name: 'process_resident_memory_bytes',
        help: 'Memory in use.',
        value: process.memoryUsage.rss(),
      }
      for (const { name, help, value, labels } of [...gauges, memory]) {
        if (!announced.has(name)) lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} gauge`)
        announced.add(name)
        lines.push(`${name}${labels ? `{${labelled(labels)}}` : ''} ${value}`)
      }
      return `${lines.join('\n')}\n`
    },
  }
}
