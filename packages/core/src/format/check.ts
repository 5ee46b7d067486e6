import type { Fields } from './fields.ts'
import type { ObjectName } from './names.ts'
import { readNames } from './record.ts'

/** What somebody found out about stored objects and snapshots: records of class `check`, FORMAT.md §20.1. */

export const checkTypes = ['check', 'verify', 'scrub'] as const

/** A snapshot was brought back for a trial, or in earnest: type `check`. */
export interface SnapshotCheck {
  readonly kind: 'drill' | 'verify' | 'restore'
  readonly snapshot: ObjectName
  /**
   * - `sound`: it came back, and its source found nothing wrong with it
   * - `damaged`: it did not come back whole, or is not what it should be
   * - `failed`: something else was in the way, the network or the disk; that says nothing about the snapshot
   * - `refused`: it was not tried
   */
  readonly outcome: 'sound' | 'damaged' | 'failed' | 'refused'
  /** Whether the source looked at what came back: `PRAGMA integrity_check` and the like. */
  readonly examined: boolean
  /** In words for people; empty when all is well. */
  readonly findings: readonly string[]
}

/** What a `verify` found to be damaged, or that it found nothing where something had been found before: type `verify`. */
export interface VerifyCheck {
  /** 0 structure · 1 hash · 2 data · 3 restore. A record says nothing about what a deeper one found. */
  readonly depth: number
  /** Those that cannot be restored completely. */
  readonly snapshots: readonly ObjectName[]
  readonly findings: readonly string[]
}

const kinds: readonly SnapshotCheck['kind'][] = ['drill', 'verify', 'restore']
const outcomes: readonly SnapshotCheck['outcome'][] = ['sound', 'damaged', 'failed', 'refused']

/** @throws `corrupt` when a field is missing or out of bounds. */
export function readSnapshotCheck(fields: Fields): SnapshotCheck {
  const snapshot = fields.text('snapshot')
  if (!/^[0-9a-f]{64}$/.test(snapshot)) throw fields.fail('snapshot', 'the name of an object')
  return {
    kind: oneOf(fields, 'kind', kinds),
    snapshot,
    outcome: oneOf(fields, 'outcome', outcomes),
    examined: fields.raw()['examined'] === true,
    findings: fields.texts('findings'),
  }
}

export function writeSnapshotCheck(check: SnapshotCheck): Readonly<Record<string, unknown>> {
  return { ...check, findings: inBounds(check.findings) }
}

/** @throws `corrupt` when a field is missing or out of bounds. */
export function readVerifyCheck(fields: Fields): VerifyCheck {
  return { depth: fields.number('depth', 0, 3), snapshots: readNames(fields, 'snapshots'), findings: fields.texts('findings') }
}

const mostFindings = 20
const longestFinding = 500

/** Damage can be found in millions of places; a record stays small, and says that there is more. */
export function inBounds(findings: readonly string[]): string[] {
  const some = findings.slice(0, mostFindings).map((text) => (text.length > longestFinding ? `${text.slice(0, longestFinding)}…` : text))
  return findings.length > mostFindings ? [...some, `and ${findings.length - mostFindings} more`] : some
}

function oneOf<Word extends string>(fields: Fields, field: string, words: readonly Word[]): Word {
  const found = fields.text(field)
  const word = words.find((known) => known === found)
  if (word === undefined) throw fields.fail(field, words.join(', '))
  return word
}
