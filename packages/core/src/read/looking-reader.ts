import type { CallOptions } from '../contract/provider.ts'
import type { SegmentRole } from '../format/descriptor.ts'
import type { Glance } from '../repository/glance.ts'
import { missingIn } from './missing-unit.ts'
import { type UnitPlace, type UnitReaderOptions, maxChain, unitReader } from './unit-reader.ts'

/** What is known of a repository, and how more is learnt. */
export type Seen = UnitPlace & Pick<Glance, 'look' | 'expect'>

/** Reads units of which it is not known yet where they are. */
export interface LookingReader {
  /** @param near see `Glance.look` */
  read(role: SegmentRole, ids: Uint8Array, at: number, near: number): Promise<Uint8Array>
  /** The segment of a unit, if that is known already. */
  segmentOf(ids: Uint8Array, at: number): number | undefined
  /** See `UnitReader.begin`. */
  begin(segment: number, storedBytes: number): Promise<void>
}

export function lookingReader(seen: Seen, options: UnitReaderOptions, call: CallOptions): LookingReader {
  const reader = unitReader(seen, options)
  const { units } = seen.catalog
  return {
    async read(role, ids, at, near) {
      // A unit may be made from others, each of which has to be found.
      for (let looked = 0; ; looked++) {
        try {
          return await reader.read(role, ids, at, call)
        } catch (error) {
          const id = missingIn(error)
          if (!id || looked > maxChain) throw error
          const isFound = (): boolean => units.find(id, 0) >= 0
          await seen.look(near, isFound, call)
          if (!isFound()) throw error
        }
      }
    },
    segmentOf(ids, at) {
      const unit = units.find(ids, at)
      return unit < 0 ? undefined : units.segmentOf(unit)
    },
    begin: (segment, storedBytes) => reader.begin(segment, storedBytes, call),
  }
}
