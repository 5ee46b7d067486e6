import { createHash, randomBytes } from 'node:crypto'
import { closeSync, openSync, readSync, fstatSync, writeSync } from 'node:fs'

/** What one run remembers for the next: the size of the database and a fingerprint of every page. */
export interface Memory {
  /** Of the fingerprints: 32 random bytes, of no use for anything else. */
  readonly key: Uint8Array
  readonly pageBytes: number
  readonly pageCount: number
  /** 16 bytes a page. */
  readonly fingerprints: Uint8Array<SharedArrayBuffer>
}

/** Room for the fingerprints of a database, under the key of the last run if there was one. */
export function newMemory(pageBytes: number, pageCount: number, key: Uint8Array = randomBytes(32)): Memory {
  return { key, pageBytes, pageCount, fingerprints: new Uint8Array(new SharedArrayBuffer(pageCount * 16)) }
}

/**
 * Writes a file that only its owner can read: who knows fingerprints and key can make changes go unnoticed.
 */
export function saveMemory(path: string, { key, pageBytes, pageCount, fingerprints }: Memory): void {
  const head = new Uint8Array(headBytes)
  const view = new DataView(head.buffer)
  head.set(magic)
  view.setUint32(8, version)
  view.setUint32(12, pageBytes)
  view.setFloat64(16, pageCount)
  head.set(key, 24)
  const file = openSync(path, 'wx', 0o600)
  for (const part of [head, fingerprints, digest(head, fingerprints)]) writeFully(file, part)
  closeSync(file)
}

/** Nothing when the file is not exactly what `saveMemory` writes: then all pages count as changed. */
export function loadMemory(path: string): Memory | undefined {
  const file = openSync(path, 'r')
  const head = new Uint8Array(headBytes)
  const view = new DataView(head.buffer)
  readSync(file, head, 0, headBytes, 0)
  const pageCount = view.getFloat64(16)
  const fits = magic.every((byte, i) => head[i] === byte) && view.getUint32(8) === version
  if (!fits || fstatSync(file).size !== headBytes + pageCount * 16 + digestBytes) return undefined
  const memory = newMemory(view.getUint32(12), pageCount, head.slice(24, 56))
  const sum = new Uint8Array(digestBytes)
  readSync(file, memory.fingerprints, 0, pageCount * 16, headBytes)
  readSync(file, sum, 0, digestBytes, headBytes + pageCount * 16)
  closeSync(file)
  return digest(head, memory.fingerprints).equals(sum) ? memory : undefined
}

function digest(head: Uint8Array, fingerprints: Uint8Array): Buffer {
  return createHash('sha256').update(head).update(fingerprints).digest()
}

function writeFully(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done)
}

const magic = new TextEncoder().encode('SQLPAGES')
const version = 1
const headBytes = 56
const digestBytes = 32
