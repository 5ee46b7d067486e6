import { BackupError } from '../errors.ts'
import { didYouMean } from '../nearest.ts'
import type { Schedule } from './schedule.ts'

const kinds = ['every', 'daily', 'weekly', 'cron', 'adaptive'] as const
const shared = ['zone', 'jitter']
/** Fields that go with one kind alone. */
const ownFields: Readonly<Record<string, readonly string[]>> = { every: ['anchor'] }
const adaptiveFields = ['min', 'max', 'busy', 'lossBytes']

export type ScheduleKind = (typeof kinds)[number]

export function scheduleKind(schedule: Schedule): ScheduleKind {
  return kinds.find((kind) => kind in schedule) ?? 'cron'
}

/**
 * Exactly one kind, and no field that nobody knows.
 *
 * @throws `config` naming the field, and what was likely meant
 */
export function checkFields(schedule: Schedule, option: string): void {
  if (typeof schedule !== 'object' || schedule === null || Array.isArray(schedule)) {
    throw refusal(option, `Option "${option}" must be an object such as { every: '15m' }.`)
  }
  const fields = Object.keys(schedule).filter((field) => schedule[field as keyof Schedule] !== undefined)
  const given = kinds.filter((kind) => fields.includes(kind))
  const allowed = [...shared, ...given.flatMap((kind) => ownFields[kind] ?? [])]
  for (const field of fields) {
    if (allowed.includes(field) || (given as readonly string[]).includes(field)) continue
    const known = given.length > 0 ? allowed : [...kinds, ...allowed]
    throw refusal(`${option}.${field}`, `Option "${option}" knows no "${field}".${didYouMean(field, known)}`)
  }
  const [kind] = given
  if (kind === undefined) throw refusal(option, `Option "${option}" must have one of ${kinds.join(', ')}.`)
  if (given.length > 1) throw refusal(option, `Option "${option}" must have only one of ${given.join(' and ')}.`)
  if ('adaptive' in schedule) checkAdaptive(schedule.adaptive, `${option}.adaptive`)
}

function checkAdaptive(adaptive: unknown, option: string): void {
  if (typeof adaptive !== 'object' || adaptive === null) {
    throw refusal(option, `Option "${option}" must be an object such as { min: '5m', max: '6h' }.`)
  }
  for (const field of Object.keys(adaptive)) {
    if (adaptiveFields.includes(field)) continue
    throw refusal(`${option}.${field}`, `Option "${option}" knows no "${field}".${didYouMean(field, adaptiveFields)}`)
  }
}

function refusal(key: string, message: string): BackupError {
  return new BackupError('config', message, { key })
}
