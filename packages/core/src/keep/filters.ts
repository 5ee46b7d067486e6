import type { RetainedSnapshot, RetentionPolicy } from '../contract/retention.ts'
import { contract } from '../contract/version.ts'
import { BackupError } from '../errors.ts'
import { type SnapshotKind, snapshotKinds } from '../format/commit.ts'
import { combine } from './combine.ts'
import { wordsOf } from './option.ts'

/**
 * Lets policies see only snapshots of one kind, or of any of several.
 *
 * @example
 * ```ts
 * forKind('emergency', keepWithin({ days: 90 }))
 * ```
 * @throws `config` for an unknown kind, and without any kind or policy.
 */
export function forKind(
  kinds: SnapshotKind | readonly SnapshotKind[],
  ...policies: RetentionPolicy[]
): RetentionPolicy {
  const wanted = wordsOf(kinds, 'forKind')
  for (const kind of wanted) {
    if ((snapshotKinds as readonly string[]).includes(kind)) continue
    throw new BackupError('config', `forKind: "${kind}" is no kind of snapshot.`, {
      key: 'retention',
      hint: `The kinds are ${snapshotKinds.join(', ')}.`,
    })
  }
  return only('for-kind', wanted, ({ kind }) => wanted.has(kind), policies)
}

/**
 * Lets policies see only snapshots that carry a tag, or any of several: a rule for each kind of data.
 *
 * @example
 * ```ts
 * [
 *   forTag('database', keepDaily({ days: 30 }), keepMonthly({ years: 10 })),
 *   forTag('settings', keepLast(50)),
 * ]
 * ```
 * @throws `config` without any tag or policy.
 */
export function forTag(tags: string | readonly string[], ...policies: RetentionPolicy[]): RetentionPolicy {
  const wanted = wordsOf(tags, 'forTag')
  return only('for-tag', wanted, (snapshot) => snapshot.tags.some((tag) => wanted.has(tag)), policies)
}

function only(
  name: string,
  wanted: ReadonlySet<string>,
  isWanted: (snapshot: RetainedSnapshot) => boolean,
  policies: RetentionPolicy[],
): RetentionPolicy {
  const words = [...wanted].join(' or ')
  const all = combine(...policies)
  return {
    contract,
    name,
    title: `${words}: ${all.title}`,
    keep(snapshots, clock) {
      const kept = all.keep(snapshots.filter(isWanted), clock)
      return kept.map(({ id, reason }) => ({ id, reason: `${words}: ${reason}` }))
    },
  }
}
