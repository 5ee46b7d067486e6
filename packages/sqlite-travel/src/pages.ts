/** What is on a page of a database, as far as it takes to tell which rows it may hold: https://sqlite.org/fileformat2.html */
export type Page =
  | { readonly kind: 'leaf'; readonly first?: number; readonly last?: number }
  | { readonly kind: 'interior'; readonly children: readonly number[]; readonly keys: readonly number[] }
  | { readonly kind: 'index' }
  | { readonly kind: 'other' }

/** Of the database, from its first page. */
export interface Layout {
  readonly pageBytes: number
  readonly pages: number
  readonly usable: number
  readonly firstTrunk: number
  readonly hasPointerMaps: boolean
}

/** Thrown where pages do not tell: numbers of rows beyond what a number holds, or below zero, or a page that is hardly ever made. */
export class Unclear extends Error {}

const firstPageHead = 100

export function layoutOf(head: Uint8Array, size: number): Layout {
  const view = viewOf(head)
  const stored = view.getUint16(16)
  const pageBytes = stored === 1 ? 65_536 : stored
  return {
    pageBytes,
    pages: Math.floor(size / pageBytes),
    usable: pageBytes - head[20]!,
    firstTrunk: view.getUint32(32),
    hasPointerMaps: view.getUint32(52) !== 0,
  }
}

/** @param number from 1 @throws Unclear */
export function readPage(bytes: Uint8Array, number: number): Page {
  const at = number === 1 ? firstPageHead : 0
  const view = viewOf(bytes)
  const type = bytes[at]
  if (type === 0x02 || type === 0x0a) return { kind: 'index' }
  if (type !== 0x05 && type !== 0x0d) return { kind: 'other' }
  const cells = view.getUint16(at + 3)
  const list = at + (type === 0x05 ? 12 : 8)
  const cell = (index: number): number => view.getUint16(list + 2 * index)
  // What is no page of a tree any more may look like one, and be anything.
  if (list + 2 * cells > bytes.length) return { kind: 'other' }
  for (let index = 0; index < cells; index++) if (cell(index) + 4 >= bytes.length) return { kind: 'other' }
  if (type === 0x0d) {
    const rowid = (index: number): number => varint(bytes, varint(bytes, cell(index)).end).value
    return cells === 0 ? { kind: 'leaf' } : { kind: 'leaf', first: rowid(0), last: rowid(cells - 1) }
  }
  const all = Array.from({ length: cells }, (_, index) => cell(index))
  return {
    kind: 'interior',
    children: [...all.map((start) => view.getUint32(start)), view.getUint32(at + 8)],
    keys: all.map((start) => varint(bytes, start + 4).value),
  }
}

/** The next trunk of the list of free pages, and the pages that this one names. */
export function readTrunk(bytes: Uint8Array): { readonly next: number; readonly pages: readonly number[] } {
  const view = viewOf(bytes)
  const count = Math.min(view.getUint32(4), Math.floor(bytes.length / 4) - 2)
  return { next: view.getUint32(0), pages: Array.from({ length: count }, (_, at) => view.getUint32(8 + 4 * at)) }
}

/** Pages that say who refers to which page, in databases that can shrink. */
export function isPointerMap({ hasPointerMaps, usable, pageBytes }: Layout, number: number): boolean {
  if (!hasPointerMaps || number < 2) return false
  const each = Math.floor(usable / 5) + 1
  const lock = Math.floor(0x40000000 / pageBytes) + 1
  const map = Math.floor((number - 2) / each) * each + 2
  return number === (map === lock ? map + 1 : map)
}

function varint(bytes: Uint8Array, at: number): { readonly value: number; readonly end: number } {
  let value = 0
  for (let byte = 0; byte < 8; byte++) {
    const next = bytes[at + byte] ?? 0
    value = value * 128 + (next & 0x7f)
    if (next < 0x80) {
      if (value > Number.MAX_SAFE_INTEGER) throw new Unclear()
      return { value, end: at + byte + 1 }
    }
  }
  // Nine bytes: negative, or larger than what a number holds exactly.
  throw new Unclear()
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
