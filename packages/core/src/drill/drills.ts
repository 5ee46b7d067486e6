import type { CallOptions } from '../contract/provider.ts'
import { readRecords } from '../repository/records.ts'
import type { Repository } from '../repository/repository.ts'
import type { DrillReport } from './report.ts'

/** The evidence of all drills that the repository keeps, oldest first. */
export async function listDrills(repository: Repository, call: CallOptions = {}): Promise<DrillReport[]> {
  const { found } = await readRecords(repository, 'check', call)
  return found.flatMap(({ type, fields }) => {
    if (type !== 'check' || fields.text('kind') !== 'drill' || !fields.has('report')) return []
    return [fields.object('report').raw() as object as DrillReport]
  })
}
