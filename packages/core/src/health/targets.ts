import type { Duration } from '../contract/duration.ts'
import type { HealthTargets } from '../contract/targets.ts'
import { BackupError } from '../errors.ts'
import { durationMs as parseDuration } from '../schedule/duration.ts'

/** Targets with their defaults, in milliseconds and shares. */
export interface Targets {
  readonly rpoMs: number
  readonly rtoMs: number | undefined
  readonly verifyMs: number
  readonly drillMs: number
  readonly quota: number
  readonly copiesMs: number
  readonly retentionMs: number
  readonly success: number
  readonly threeTwoOne: boolean
}

export const criticalQuota = 0.95

const dayMs = 86_400_000

const durations = ['rpo', 'rto', 'verify', 'drill', 'copies', 'retention'] as const
const shares: readonly [option: 'quota' | 'success', most: number][] = [['quota', criticalQuota], ['success', 1]]
const known: readonly string[] = [...durations, 'quota', 'success', 'threeTwoOne']

/**
 * Fills in the defaults.
 *
 * @param everyMs how often the schedule makes a backup, where there is one
 * @throws `config` naming the target that is none
 */
export function resolveTargets(targets: HealthTargets = {}, everyMs?: number): Targets {
  if (typeof targets !== 'object' || targets === null) throw invalid('', 'an object', targets)
  const foreign = Object.keys(targets).find((name) => !known.includes(name))
  if (foreign !== undefined) throw invalid('', `made of ${known.join(', ')}`, foreign)
  for (const [name, most] of shares) {
    const share: unknown = targets[name]
    if (share !== undefined && !(typeof share === 'number' && share > 0 && share <= most)) throw invalid(`.${name}`, `a number above 0, up to ${most}`, share)
  }
  if (targets.threeTwoOne !== undefined && typeof targets.threeTwoOne !== 'boolean') throw invalid('.threeTwoOne', 'true or false', targets.threeTwoOne)
  const ms = (name: (typeof durations)[number]): number | undefined => {
    const given = targets[name]
    return given === undefined ? undefined : durationMs(given, `targets.${name}`)
  }
  return {
    rpoMs: ms('rpo') ?? (everyMs === undefined ? dayMs : 2 * everyMs),
    rtoMs: ms('rto'),
    verifyMs: ms('verify') ?? 30 * dayMs,
    drillMs: ms('drill') ?? 90 * dayMs,
    quota: targets.quota ?? 0.8,
    copiesMs: ms('copies') ?? 3_600_000,
    retentionMs: ms('retention') ?? 7 * dayMs,
    success: targets.success ?? 0.9,
    threeTwoOne: targets.threeTwoOne ?? true,
  }
}

/** @throws `config` for what is no length of time, or none at all */
export function durationMs(duration: Duration | number, option: string): number {
  if (typeof duration !== 'number') return parseDuration(duration, option)
  if (Number.isFinite(duration) && duration > 0) return duration
  throw invalid(option.replace('targets', ''), "a length of time such as '90s', '15m', '1h', '30d' or '2w', or milliseconds", duration)
}

function invalid(option: string, expected: string, found: unknown): BackupError {
  const shown = typeof found === 'string' || typeof found === 'number' ? JSON.stringify(found) : typeof found
  return new BackupError('config', `Option "targets${option}" must be ${expected}; found ${shown}.`, { key: `targets${option}` })
}
