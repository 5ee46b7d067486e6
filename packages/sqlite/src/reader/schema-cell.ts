
/**
 * The root page that a row of the schema table names (https://sqlite.org/fileformat2.html#storage_of_the_sql_database_schema).
 *
 * @param cell position in the page
 * @returns 0 for a row without one (a view, a trigger, a virtual table), and where the row does not say so within the page
 */
export function rootOf(page: Uint8Array, cell: number, usable: number): number {
  const payload = varint(page, cell)
  const rowId = varint(page, payload.end)
  const start = rowId.end
  const local = localBytes(payload.value, usable)
  const head = varint(page, start)
  let at = head.end
  let skipped = 0
  // Type, name, and the name of the table come before.
  for (let column = 0; column < rootColumn; column++) {
    const serial = varint(page, at)
    skipped += contentBytes(serial.value)
    at = serial.end
  }
  const { value: serial, end } = varint(page, at)
  const from = head.value + skipped
  const length = contentBytes(serial)
  if (end - start > local || from + length > local || start + from + length > page.length) return 0
  if (serial === 9) return 1
  if (serial < 1 || serial > 4) return 0
  let root = 0
  for (let byte = 0; byte < length; byte++) root = root * 256 + page[start + from + byte]!
  return root
}

const rootColumn = 3

/** Of a row's bytes, those that are in the leaf itself; the others are in overflow pages. */
function localBytes(payload: number, usable: number): number {
  const most = usable - 35
  if (payload <= most) return payload
  const least = Math.floor(((usable - 12) * 32) / 255) - 23
  const wanted = least + ((payload - least) % (usable - 4))
  return wanted <= most ? wanted : least
}

/** https://sqlite.org/fileformat2.html#record_format */
function contentBytes(serial: number): number {
  if (serial >= 12) return Math.floor((serial - 12) / 2)
  return [0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0][serial]!
}

/** Exact for whatever fits in a page; larger numbers are only known to be large. */
function varint(page: Uint8Array, at: number): { value: number; end: number } {
  let value = 0
  for (let byte = 0; byte < 8; byte++) {
    const next = page[at + byte] ?? 0
    value = value * 128 + (next & 0x7f)
    if (next < 0x80) return { value, end: at + byte + 1 }
  }
  return { value: value * 256 + (page[at + 8] ?? 0), end: at + 9 }
}
