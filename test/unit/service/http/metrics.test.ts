import { describe, expect, test } from 'vitest'
import { createMetrics } from '../../../../service/http/metrics.ts'

const linesOf = (
  metrics: ReturnType<typeof createMetrics>,
  gauges: Parameters<typeof metrics.render>[0] = [],
) => metrics.render(gauges).split('\n')

describe('Metrics', () => {
  test('of a server that has answered nothing have every name with its help and its kind', () => {
    const lines = linesOf(createMetrics())
    const steps = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
    expect(lines.slice(0, -2)).toEqual([
      '# HELP curfew_requests_total Requests answered.',
      '# TYPE curfew_requests_total counter',
      '# HELP curfew_request_seconds Time to answer.',
      '# TYPE curfew_request_seconds histogram',
      ...steps.map((step) => `curfew_request_seconds_bucket{le="${step}"} 0`),
      'curfew_request_seconds_bucket{le="+Inf"} 0',
      'curfew_request_seconds_sum 0',
      'curfew_request_seconds_count 0',
      '# HELP process_resident_memory_bytes Memory in use.',
      '# TYPE process_resident_memory_bytes gauge',
    ])
    expect(Number(/^process_resident_memory_bytes (\d+)$/.exec(lines.at(-2) ?? '')?.[1])).toBeGreaterThan(
      1_000_000,
    )
    expect(lines.at(-1)).toBe('')
  })

  test('count answers by method, route and status', () => {
    const metrics = createMetrics()
    const [get, post] = [metrics.route('GET', '/a'), metrics.route('POST', '/a')]
    metrics.route('GET', '/never')
    get(200, 0)
    get(200, 0)
    get(404, 0)
    post(201, 0)
    expect(linesOf(metrics).filter((line) => line.startsWith('curfew_requests_total'))).toEqual([
      'curfew_requests_total{method="GET",route="/a",status="200"} 2',
      'curfew_requests_total{method="GET",route="/a",status="404"} 1',
      'curfew_requests_total{method="POST",route="/a",status="201"} 1',
    ])
  })

  test('count how long answers took, each in every step that it is not above', () => {
    const metrics = createMetrics()
    const answered = metrics.route('GET', '/a')
    for (const seconds of [0.0005, 0.001, 0.0011, 0.5, 5, 6]) answered(200, seconds)
    const of = (le: string) =>
      Number(
        linesOf(metrics)
          .find((line) => line.includes(`le="${le}"`))
          ?.split(' ')
          .at(-1),
      )
    expect(['0.001', '0.0025', '0.25', '0.5', '2.5', '5', '+Inf'].map(of)).toEqual([2, 3, 3, 4, 4, 5, 6])
    expect(linesOf(metrics)).toContain('curfew_request_seconds_count 6')
    const sum = linesOf(metrics).find((line) => line.startsWith('curfew_request_seconds_sum'))
    expect(Number(sum?.split(' ').at(-1))).toBeCloseTo(11.5026, 6)
  })

  test('say a gauge with its labels, its name only once, and nothing in a label ends it', () => {
    const gauge = { name: 'sessions', help: 'Running.', value: 3 }
    const lines = linesOf(createMetrics(), [
      { ...gauge, labels: { kind: 'web', other: 'a' } },
      { ...gauge, value: 4, labels: { kind: 'a"b\\c\nd' } },
      { name: 'plain', help: 'One.', value: 0 },
    ])
    const at = lines.indexOf('# HELP sessions Running.')
    expect(lines.slice(at, at + 7)).toEqual([
      '# HELP sessions Running.',
      '# TYPE sessions gauge',
      'sessions{kind="web",other="a"} 3',
      'sessions{kind="a\\"b\\\\c\\nd"} 4',
      '# HELP plain One.',
      '# TYPE plain gauge',
      'plain 0',
    ])
  })
})
