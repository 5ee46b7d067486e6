import parse from 'parse-prometheus-text-format'
import { describe, expect, test } from 'vitest'
import { prometheus } from '../src/index.ts'
import { happen, location } from './events.ts'

const run = { source: 'memory', operation: 'backup' }
const restore = { source: 'memory', operation: 'restore' }

describe('what Prometheus reads', () => {
  async function read() {
    const metrics = prometheus({ labels: { app: 'iron "store"' } })
    const { first, second } = await happen(metrics)
    const text = metrics.render()
    const families = parse(text)
    const family = (name: string) => families.find((one) => one.name === name)
    const values = (name: string) =>
      family(name)?.metrics.map(
        ({ labels: { app, ...labels } = {}, value }) => (
          expect(app).toBe('iron "store"'),
          [labels, Number(value)]
        ),
      )
    return { first, second, text, families, family, values }
  }

  test('counts operations by outcome, and failures by kind', async () => {
    const { values } = await read()
    expect(values('backup_runs_total')).toEqual([
      [{ ...run, outcome: 'ok' }, 2],
      [{ ...run, outcome: 'failed' }, 1],
      [{ ...restore, outcome: 'ok' }, 1],
      [{ ...restore, outcome: 'failed' }, 0],
      [{ ...run, outcome: 'cancelled' }, 1],
    ])
    expect(values('backup_run_failures_total')).toEqual([[{ ...run, kind: 'quota' }, 1]])
    expect(values('backup_runs_active')).toEqual([
      [run, 0],
      [restore, 0],
    ])
  })

  test('has a histogram of durations for each operation', async () => {
    const { text, family } = await read()
    expect(family('backup_run_duration_seconds')?.type).toBe('HISTOGRAM')
    // Line by line: the parser takes all histograms of a name for one.
    for (const [operation, count] of [
      ['backup', 4],
      ['restore', 1],
    ] as const) {
      const own = text
        .split('\n')
        .filter(
          (line) =>
            line.startsWith('backup_run_duration_seconds') && line.includes(`operation="${operation}"`),
        )
      const bounds = own
        .map((line) => /_bucket\{.*,le="(.+)"\} (\d+)$/.exec(line)?.slice(1))
        .filter((found) => found !== undefined)
      expect(bounds.map(([bound]) => bound)).toEqual([
        '0.5',
        '1',
        '5',
        '15',
        '60',
        '300',
        '900',
        '3600',
        '14400',
        '43200',
        '+Inf',
      ])
      expect(bounds.at(-1)?.[1]).toBe(String(count))
      expect(own.at(-1)).toMatch(new RegExp(`_count\\{.*\\} ${count}$`))
      expect(Number(/_sum\{.*\} ([\d.]+)$/.exec(own.at(-2) ?? '')?.[1])).toBeGreaterThanOrEqual(0)
    }
  })

  test('a duration counts in every bucket from its bound on', async () => {
    const metrics = prometheus()
    const common = { operation: 'drill', run: 'r', at: 0 } as const
    for (const durationMs of [1000, 1001, 90_000_000])
      await metrics.notify({ ...common, type: 'run-end', durationMs }, {})
    const counts = [...metrics.render().matchAll(/_bucket\{.*\} (\d+)$/gm)].map(([, count]) => Number(count))
    expect(counts).toEqual([0, 1, 2, 2, 2, 2, 2, 2, 2, 2, 3])
    expect(metrics.render()).toContain(
      'backup_run_duration_seconds_sum{source="",operation="drill"} 90002.001',
    )
  })

  test('knows when it last went well, how large the source is, and what was added', async () => {
    const { values, first, second } = await read()
    const [[labels, at = 0] = []] = (values('backup_last_success_timestamp_seconds') ?? []) as [
      object,
      number,
    ][]
    expect(labels).toEqual(run)
    expect(Math.abs(at - Date.now() / 1000)).toBeLessThan(60)
    expect(values('backup_source_size_bytes')).toEqual([[{ source: 'memory' }, second.sizeBytes]])
    expect(values('backup_stored_bytes_total')).toEqual([
      [{ source: 'memory' }, first.storedBytes + second.storedBytes],
    ])
    expect(values('backup_fresh_bytes_total')).toEqual([
      [{ source: 'memory' }, first.freshBytes + second.freshBytes],
    ])
    expect(values('backup_restored_bytes_total')).toEqual([[{ source: 'memory' }, second.sizeBytes]])
    expect(second.sizeBytes).toBeGreaterThanOrEqual(50_000)
  })

  test('tells which providers and alerts there are, whatever is in their names', async () => {
    const { values } = await read()
    expect(values('backup_provider_up')).toEqual([[{ location }, 0]])
    expect(values('backup_provider_outages_total')).toEqual([[{ location }, 2]])
    expect(values('backup_copies_missing_total')).toEqual([[{ location }, 7]])
    expect(values('backup_copies_delivered_total')).toEqual([[{ location }, 1]])
    expect(values('backup_copies_healed_total')).toEqual([[{ location }, 1]])
    expect(values('backup_alert_active')).toEqual([
      [{ source: 'memory', alert: 'backup-overdue', severity: 'critical' }, 1],
      [{ source: 'memory', alert: 'other', severity: 'warning' }, 0],
    ])
    expect(values('backup_alerts_total')).toEqual([
      [{ source: 'memory', severity: 'critical' }, 1],
      [{ source: 'memory', severity: 'warning' }, 1],
    ])
  })

  test('has a type and a help for each, counters end in _total, and each is there once', async () => {
    const { families } = await read()
    expect(families.length).toBeGreaterThan(15)
    for (const { name, type, help } of families) {
      expect(name).toMatch(/^backup_[a-z_]+$/)
      expect(help.length).toBeGreaterThan(5)
      expect(name.endsWith('_total')).toBe(type === 'COUNTER')
    }
    expect(new Set(families.map(({ name }) => name)).size).toBe(families.length)
  })
})

test('every line is one that the format allows', async () => {
  const metrics = prometheus()
  await happen(metrics)
  const text = metrics.render()
  expect(text.endsWith('\n')).toBe(true)
  const value = String.raw`"(?:[^"\\\n]|\\[\\n"])*"`
  const line = new RegExp(
    String.raw`^(?:# (?:HELP|TYPE) backup_\w+ .+|backup_\w+\{\w+=${value}(?:,\w+=${value})*\} -?[0-9.e+-]+)$`,
  )
  for (const one of text.trimEnd().split('\n')) expect(one).toMatch(line)
  expect(metrics.contentType).toBe('text/plain; version=0.0.4; charset=utf-8')
})

test('before anything has happened there is nothing', () => {
  expect(prometheus().render()).toBe('')
})

test('the prefix is yours', async () => {
  const metrics = prometheus({ prefix: 'shop_backup' })
  await happen(metrics)
  expect(parse(metrics.render()).map(({ name }) => name)).toContain('shop_backup_runs_total')
})

test.each([
  ['prefix', { prefix: 'a-b' }],
  ['labels', { labels: { 'a-b': 'c' } }],
  ['labels', { labels: { operation: 'c' } }],
])('%s that Prometheus cannot read is refused: %j', (key, options) => {
  expect(() => prometheus(options)).toThrow(expect.objectContaining({ kind: 'config', key }))
})
