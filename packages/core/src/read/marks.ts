import type { CallOptions } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import { readSnapshotCheck, readVerifyCheck } from '../format/check.ts'
import type { ObjectName } from '../format/names.ts'
import { readNames } from '../format/record.ts'
import { type StoredRecord, readRecords } from '../repository/records.ts'
import type { Repository } from '../repository/repository.ts'
import { suspicionsOf } from './snapshot.ts'

/** What is known of a snapshot from those who looked at it. */
export interface SnapshotMarks {
  /** When it was last brought back, whole and sound: by a drill, a `verify` at depth `restore`, or a checked restore. */
  readonly verified?: Date
  /** Why it is believed to be damaged, in words for people. */
  readonly suspect?: readonly string[]
}

/** All marks, by snapshot; those that have none are not in it. */
export async function snapshotMarks(repository: Repository, call: CallOptions = {}): Promise<ReadonlyMap<ObjectName, SnapshotMarks>> {
  const { found } = await readRecords(repository, 'check', call)
  const known = new Map<ObjectName, Mark>()
  const markOf = (snapshot: ObjectName): Mark => {
    const mark = known.get(snapshot) ?? {}
    known.set(snapshot, mark)
    return mark
  }
  for (const [name, { proof }] of repository.commits) {
    const suspicions = suspicionsOf(proof)
    if (suspicions) markOf(name).atBackup = suspicions
  }
  // From the oldest on: what was found later counts.
  for (const record of found) {
    const { type, fields, time } = record
    if (type === 'check') tolerating(() => addCheck(readSnapshotCheck(fields), time, markOf))
    if (type === 'verify') tolerating(() => addVerify(record, known, markOf))
    if (type === 'scrub') tolerating(() => addScrub(record, known, markOf))
  }
  return new Map([...known].flatMap(([snapshot, mark]) => marksFrom(snapshot, mark)))
}

/** Where each suspicion comes from, for each can be put aside by others. */
interface Mark {
  verified?: Date
  atBackup?: readonly string[]
  inTrial?: readonly string[]
  inVerify?: { readonly depth: number; readonly findings: readonly string[] }
  inScrub?: readonly string[]
}

function addCheck(check: ReturnType<typeof readSnapshotCheck>, time: Date, markOf: (snapshot: ObjectName) => Mark): void {
  const mark = markOf(check.snapshot)
  if (check.outcome === 'damaged') mark.inTrial = check.findings
  if (check.outcome !== 'sound') return
  mark.verified = time
  // It came back whole, so what is stored is in order, or was put in order.
  delete mark.inTrial
  delete mark.inVerify
  delete mark.inScrub
  // That the data itself is sound, only its source can say.
  if (check.examined) delete mark.atBackup
}

function addVerify({ fields }: StoredRecord, known: Map<ObjectName, Mark>, markOf: (snapshot: ObjectName) => Mark): void {
  const { depth, snapshots, findings } = readVerifyCheck(fields)
  for (const mark of known.values()) if (mark.inVerify && mark.inVerify.depth <= depth) delete mark.inVerify
  for (const snapshot of snapshots) markOf(snapshot).inVerify = { depth, findings }
}

/** Each carries all that is damaged at its time. */
function addScrub({ fields }: StoredRecord, known: Map<ObjectName, Mark>, markOf: (snapshot: ObjectName) => Mark): void {
  const snapshots = readNames(fields, 'snapshots')
  const findings = fields.objects('damaged').map((one) => one.text('message'))
  for (const mark of known.values()) delete mark.inScrub
  for (const snapshot of snapshots) markOf(snapshot).inScrub = findings
}

function marksFrom(snapshot: ObjectName, { verified, atBackup, inTrial, inVerify, inScrub }: Mark): [ObjectName, SnapshotMarks][] {
  const suspect = [...new Set([atBackup, inTrial, inVerify?.findings, inScrub].flatMap((findings) => findings ?? []))]
  const isSuspect = [atBackup, inTrial, inVerify, inScrub].some((found) => found !== undefined)
  if (!verified && !isSuspect) return []
  return [[snapshot, { ...(verified && { verified }), ...(isSuspect && { suspect: suspect.length > 0 ? suspect : ['It is damaged.'] }) }]]
}

/** A record of a later version, or with fields that make no sense, marks nothing. */
function tolerating(work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!BackupError.is(error, 'corrupt')) throw error
  }
}
