import type { CallOptions } from '../contract/provider.ts'
import { readSnapshotCheck } from '../format/check.ts'
import { decodeEach, readRecords } from '../repository/records.ts'
import type { Repository } from '../repository/repository.ts'
import type { DrillReport } from './report.ts'

/** The evidence of all drills that the repository keeps, oldest first. */
export async function listDrills(repository: Repository, call: CallOptions = {}): Promise<DrillReport[]> {
  const { found, damaged } = await readRecords(repository, 'check', call)
  const checks = { found: found.filter(({ type }) => type === 'check'), damaged }
  const { values } = decodeEach(checks, ({ fields }) => {
    if (readSnapshotCheck(fields).kind !== 'drill') return []
    return [fields.object('report').raw() as object as DrillReport]
  })
  return values.flat()
}
