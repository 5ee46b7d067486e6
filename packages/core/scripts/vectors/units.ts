import { applyDelta } from '../../src/format/delta.ts'
import { type SegmentRole, roles } from '../../src/format/descriptor.ts'
import { encodeListNode } from '../../src/format/list.ts'
import { hex, unhex } from '../../src/format/text.ts'
import { idLength } from '../../src/format/unit-id.ts'
import type { Kit } from './kit.ts'

/** Vectors for FORMAT.md §9, §11 and §12. */
export interface UnitVectors {
  readonly unitIds: { readonly about: string; readonly key: string; readonly cases: readonly UnitIdVector[] }
  readonly deltas: {
    readonly about: string
    readonly cases: readonly { base: string; program: string; unit: string }[]
  }
  readonly lists: { readonly about: string; readonly cases: readonly ListVector[] }
}

interface UnitIdVector {
  readonly role: SegmentRole
  /** The unit is this, so many times over. */
  readonly bytes: string
  readonly times: number
  readonly id: string
}

interface ListVector {
  readonly level: number
  readonly form: 1 | 2
  readonly ids: readonly string[]
  /** Form 2 only. */
  readonly sizes?: readonly number[]
  readonly bytes: string
  readonly id: string
}

export function unitVectors(kit: Kit): UnitVectors {
  return {
    unitIds: {
      about: '§9: K, and ids under it. A unit is "bytes", "times" times over.',
      key: hex(kit.unitKey),
      cases: [
        unitId(kit, 1, '00', 1),
        unitId(kit, 2, '00', 1),
        unitId(kit, 1, '0123456789abcdef', 512),
        unitId(kit, 2, 'ff', 4096),
        unitId(kit, 1, 'a5', 70_000),
      ],
    },
    deltas: {
      about: '§11: a base, a program that ends where the unit is complete, and the unit.',
      cases: programs.map(delta),
    },
    lists: {
      about: '§12: nodes of both forms, and their ids as units of role 2.',
      cases: [
        list(kit, 0, 3),
        list(kit, 1, 2),
        list(kit, 0, 2, [8192, 100]),
        list(kit, 8, 2, [2 ** 40 + 1, 5]),
      ],
    },
  }
}

function unitId(kit: Kit, role: SegmentRole, bytes: string, times: number): UnitIdVector {
  const id = new Uint8Array(idLength)
  kit.namer.name(role, unhex(bytes.repeat(times), (bytes.length / 2) * times), id, 0)
  return { role, bytes, times, id: hex(id) }
}

/** Written by hand. */
const programs: readonly (readonly [base: string, ...steps: string[]])[] = [
  // All from the base, in one step.
  ['000102030405060708090a0b0c0d0e0f', '000000001000'],
  // All literals.
  ['00000000', '040000000000aabbccdd'],
  // Two bytes are new, the rest has moved.
  ['000102030405060708090a0b0c0d0e0f', '000000000400', '020004000a00eeff'],
  // A copy of a copied place, and literals at the end.
  ['101112131415', '000002000200', '000002000200', '020000000000aabb'],
]

function delta([base, ...steps]: (typeof programs)[number]): UnitVectors['deltas']['cases'][number] {
  const program = steps.join('')
  const unit = new Uint8Array(base.length / 2)
  applyDelta(unhex(program, program.length / 2), 0, unhex(base, base.length / 2), unit)
  return { base, program, unit: hex(unit) }
}

function list(kit: Kit, level: number, count: number, sizes?: readonly number[]): ListVector {
  const ids = kit.crypto.random(count * idLength)
  const bytes = encodeListNode({ level, ids, ...(sizes && { sizes }) })
  const id = new Uint8Array(idLength)
  kit.namer.name(roles.list, bytes, id, 0)
  const each = Array.from({ length: count }, (_, at) => hex(ids.subarray(at * idLength, (at + 1) * idLength)))
  return { level, form: sizes ? 2 : 1, ids: each, ...(sizes && { sizes }), bytes: hex(bytes), id: hex(id) }
}
