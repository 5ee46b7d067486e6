import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'
import type { Access } from '../host/protocol.ts'
import { headerBytes, readHeader } from './header.ts'
import { lookAt } from './place.ts'
import { openRestored } from './restored.ts'

/**
 * SQLite copies a database of a single page in a single step, with no moment in it to see whether somebody
 * has just written to the destination. So such a database, which has no tables, gets another page that is
 * free and will be used for the first one.
 *
 * @param path nobody else's yet, and nobody has it open
 */
export async function addFreePage(access: Access, path: string): Promise<void> {
  if (lookAt(path)?.bytes === 0) await writeFirstPage(access, path)
  const file = openSync(path, 'r+')
  try {
    const bytes = new Uint8Array(headerBytes)
    readSync(file, bytes, 0, headerBytes, 0)
    const header = readHeader(bytes)
    if (header && lookAt(path)?.bytes === header.pageBytes) addTo(file, bytes, header.pageBytes)
  } finally {
    closeSync(file)
  }
}

/** SQLite writes it when there is anything to be said in it. */
async function writeFirstPage(access: Access, path: string): Promise<void> {
  const connection = await openRestored(access, path)
  connection.exec('PRAGMA user_version = 0')
  connection.close()
}

/**
 * A page of zeros is a list of free pages that names no others, and the last such list
 * (https://sqlite.org/fileformat2.html#the_freelist).
 */
function addTo(file: number, header: Uint8Array, pageBytes: number): void {
  const view = new DataView(header.buffer)
  // With automatic vacuum, the second page says what the others are for.
  const free = view.getUint32(largestRootPageAt) === 0 ? 2 : 3
  ftruncateSync(file, free * pageBytes)
  if (free === 3) writeSync(file, isFree, 0, isFree.length, pageBytes)
  view.setUint32(pageCountAt, free)
  view.setUint32(firstFreePageAt, free)
  view.setUint32(freePagesAt, 1)
  header.copyWithin(pageCountValidAt, changeCounterAt, changeCounterAt + 4)
  writeSync(file, header, 0, headerBytes, 0)
}

/** Type 2, no parent: https://sqlite.org/fileformat2.html#pointer_map_or_ptrmap_pages */
const isFree = Uint8Array.of(2, 0, 0, 0, 0)

/** https://sqlite.org/fileformat2.html#the_database_header */
const changeCounterAt = 24
const pageCountAt = 28
const firstFreePageAt = 32
const freePagesAt = 36
const largestRootPageAt = 52
const pageCountValidAt = 92
