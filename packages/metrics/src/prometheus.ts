import { BackupError, contract, type Notifier } from '@backup/core'
import { durationBounds, instruments, type InstrumentName } from './instruments.ts'
import { isMeasured, type Labels, measurer } from './measure.ts'
import { type Series, series } from './series.ts'

export interface PrometheusOptions {
  /** What every name begins with. [`'backup'`] */
  readonly prefix?: string
  /** Labels of every figure: `{ app: 'iron-store' }`. [none] */
  readonly labels?: Readonly<Record<string, string>>
}

/** A notifier that counts, and shows the figures to Prometheus. */
export interface PrometheusMetrics extends Notifier {
  /** For the answer's `Content-Type`. */
  readonly contentType: string
  /** All figures, in the text format of Prometheus, version 0.0.4. */
  render(): string
}

interface Distribution {
  /** How many values lie at or below each bound. */
  readonly counts: readonly number[]
  readonly count: number
  readonly sum: number
}

/** The names that our own labels have, and one that the format keeps for itself. */
const taken = ['source', 'operation', 'outcome', 'kind', 'location', 'alert', 'severity', 'le']

/**
 * Counts what happens, for Prometheus. One of them can be given to any number of backups; the figures live as
 * long as the process.
 *
 * @throws `config` when a name is none for Prometheus
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 *
 * @example
 * ```ts
 * const metrics = prometheus()
 * createBackup({ source, providers, keys, notify: [metrics] })
 * // In the handler of GET /metrics:
 * new Response(metrics.render(), { headers: { 'content-type': metrics.contentType } })
 * ```
 */
export function prometheus(options: PrometheusOptions = {}): PrometheusMetrics {
  const { prefix = 'backup', labels: fixed = {} } = options
  check('prefix', /^[a-zA-Z_:][\w:]*$/.test(prefix), 'letters, digits and _')
  const areNames = Object.keys(fixed).every(
    (name) => /^(?!__)[a-zA-Z_]\w*$/.test(name) && !taken.includes(name),
  )
  check('labels', areNames, `names of letters, digits and _, and none of ${taken.join(', ')}`)

  const measure = measurer()
  const values = new Map<InstrumentName, Series<number>>()
  const distributions = new Map<InstrumentName, Series<Distribution>>()

  return {
    contract,
    name: 'prometheus',
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    wants: isMeasured,
    async notify(event) {
      for (const [name, value, labels] of measure(event)) {
        const { kind } = instruments[name]
        if (kind === 'histogram') of(distributions, name).update(labels, (before) => withValue(before, value))
        else of(values, name).update(labels, (before = 0) => (kind === 'gauge' ? value : before + value))
      }
    },
    render() {
      const lines: string[] = []
      for (const [key, { prometheus: suffix, kind, help }] of Object.entries(instruments)) {
        const name = `${prefix}_${suffix}`
        const samples = [
          ...[...(values.get(key as InstrumentName) ?? [])].map(([labels, value]) =>
            sample(name, { ...fixed, ...labels }, value),
          ),
          ...[...(distributions.get(key as InstrumentName) ?? [])].flatMap(([labels, value]) =>
            histogram(name, { ...fixed, ...labels }, value),
          ),
        ]
        if (samples.length === 0) continue
        lines.push(
          `# HELP ${name} ${help}`,
          `# TYPE ${name} ${kind === 'level' ? 'gauge' : kind}`,
          ...samples,
        )
      }
      return lines.map((line) => `${line}\n`).join('')
    },
  }
}

function of<Value>(all: Map<InstrumentName, Series<Value>>, name: InstrumentName): Series<Value> {
  const found = all.get(name) ?? series<Value>()
  all.set(name, found)
  return found
}

function withValue(before: Distribution | undefined, value: number): Distribution {
  const { counts = durationBounds.map(() => 0), count = 0, sum = 0 } = before ?? {}
  return {
    counts: counts.map((below, n) => below + (value <= durationBounds[n]! ? 1 : 0)),
    count: count + 1,
    sum: sum + value,
  }
}

function histogram(name: string, labels: Labels, { counts, count, sum }: Distribution): string[] {
  return [
    ...counts.map((below, n) =>
      sample(`${name}_bucket`, { ...labels, le: String(durationBounds[n]) }, below),
    ),
    sample(`${name}_bucket`, { ...labels, le: '+Inf' }, count),
    sample(`${name}_sum`, labels, sum),
    sample(`${name}_count`, labels, count),
  ]
}

function sample(name: string, labels: Readonly<Record<string, string>>, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`)
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`
}

/** The three characters that a value in quotes cannot hold as they are. */
function escaped(text: string): string {
  return text.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')
}

function check(option: string, isRight: boolean, wanted: string): void {
  if (isRight) return
  throw new BackupError('config', `Option "${option}" of prometheus() must be ${wanted}.`, {
    plugin: 'prometheus',
    key: option,
  })
}
