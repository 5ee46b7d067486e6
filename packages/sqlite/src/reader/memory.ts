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
  /** What each page looks like, see `kindOf`: pages that did not change are not looked at again. */
  readonly kinds: Uint8Array<SharedArrayBuffer>
  /** What was wrong with it, for people. */
  readonly faults: readonly string[]
}

/** Room for the fingerprints of a database, under the key of the last run if there was one. */
export function newMemory(pageBytes: number, pageCount: number, key: Uint8Array = randomBytes(32)): Memory {
  return {
    key,
    pageBytes,
    pageCount,
    fingerprints: new Uint8Array(new SharedArrayBuffer(pageCount * 16)),
    kinds: new Uint8Array(new SharedArrayBuffer(pageCount)),
    faults: [],
  }
}

/**
 * Writes a file that only its owner can read: who knows fingerprints and key can make changes go unnoticed.
 */
export function saveMemory(path: string, { key, pageBytes, pageCount, fingerprints, kinds, faults }: Memory): void {
  const text = new TextEncoder().encode(JSON.stringify(faults))
  const head = new Uint8Array(headBytes)
  const view = new DataView(head.buffer)
  head.set(magic)
  view.setUint32(8, version)
  view.setUint32(12, pageBytes)
  view.setFloat64(16, pageCount)
  head.set(key, 24)
  view.setUint32(56, text.length)
  const file = openSync(path, 'wx', 0o600)
  const parts = [head, fingerprints, kinds, text]
  for (const part of [...parts, digest(parts)]) writeFully(file, part)
  closeSync(file)
}

/** Nothing when the file is not exactly what `saveMemory` writes: then all pages count as changed. */
export function loadMemory(path: string): Memory | undefined {
  const file = openSync(path, 'r')
  const head = new Uint8Array(headBytes)
  const view = new DataView(head.buffer)
  readSync(file, head, 0, headBytes, 0)
  const pageCount = view.getFloat64(16)
  const textLength = view.getUint32(56)
  const fits = magic.every((byte, i) => head[i] === byte) && view.getUint32(8) === version
  if (!fits || fstatSync(file).size !== headBytes + pageCount * 17 + textLength + digestBytes) return undefined
  const memory = newMemory(view.getUint32(12), pageCount, head.slice(24, 56))
  const text = new Uint8Array(textLength)
  const sum = new Uint8Array(digestBytes)
  let at = headBytes
  for (const part of [memory.fingerprints, memory.kinds, text, sum]) at += readSync(file, part, 0, part.length, at)
  closeSync(file)
  if (!digest([head, memory.fingerprints, memory.kinds, text]).equals(sum)) return undefined
  return { ...memory, faults: JSON.parse(new TextDecoder().decode(text)) as string[] }
}

function digest(parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

function writeFully(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done)
}

const magic = new TextEncoder().encode('SQLPAGES')
const version = 2
const headBytes = 60
const digestBytes = 32
