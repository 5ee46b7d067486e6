import type { RetentionPolicy } from '../contract/retention.ts'
import { contract } from '../contract/version.ts'
import { type Age, ageTitle, checkAge, withinAge } from './age.ts'
import { checkCount } from './option.ts'
import { newestFirst } from './order.ts'

/**
 * Keeps the newest `count` snapshots, whatever their age.
 *
 * @param count A whole number from 1.
 * @throws `config` for any other number.
 */
export function keepLast(count: number): RetentionPolicy {
  checkCount(count, 'keepLast')
  const title = count === 1 ? 'the last one' : `the last ${count}`
  return {
    contract,
    name: 'last',
    title,
    keep: (snapshots) => newestFirst(snapshots).slice(0, count).map(({ id }) => ({ id, reason: title })),
  }
}

/**
 * Keeps every snapshot that is at most that old: `keepWithin({ hours: 48 })`.
 *
 * @throws `config` for an age that is none, see {@link Age}.
 */
export function keepWithin(age: Age): RetentionPolicy {
  checkAge(age, 'keepWithin')
  const reason = `within ${ageTitle(age)}`
  return {
    contract,
    name: 'within',
    title: `everything of the last ${ageTitle(age)}`,
    keep(snapshots, clock) {
      const isYoung = withinAge(age, clock)
      return snapshots.filter(({ time }) => isYoung(time.getTime())).map(({ id }) => ({ id, reason }))
    },
  }
}
