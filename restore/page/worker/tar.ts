import type { FileEntry, ManifestEntry } from '../../../packages/files/src/manifest/entry.ts'
import type { Manifest } from '../../../packages/files/src/manifest/read.ts'
import { cut } from './entries.ts'

const block = 512
const types = { file: '0', link: '2', folder: '5' } as const

/**
 * A tree as a POSIX archive (pax interchange format, IEEE 1003.1): what the short fields of the old format cannot hold stands before an
 * entry as text. Folders come first, in their order, then files as they lie in the stream, links last.
 *
 * @param rootName of a tree that is no folder
 */
export function* tarOf(manifest: Manifest, rootName: string, content: Iterable<Uint8Array<ArrayBuffer>>): Generator<Uint8Array<ArrayBuffer>, void, undefined> {
  // A tree may be a single file, which has no name of its own.
  const entries = manifest.entries.map((entry) => (entry.path === '.' && entry.type !== 'folder' ? { ...entry, path: rootName } : entry))
  const files: FileEntry[] = []
  const links: ManifestEntry[] = []
  for (const entry of entries) {
    if (entry.type === 'file') files.push(entry)
    else if (entry.type === 'link') links.push(entry)
    else yield headerOf(entry)
  }
  let open: FileEntry | undefined
  for (const { entry, piece } of cut(files, content)) {
    if (piece) yield piece
    else {
      if (open) yield padding(open.size)
      open = entry
      yield headerOf(entry)
    }
  }
  if (open) yield padding(open.size)
  for (const entry of links) yield headerOf(entry)
  yield new Uint8Array(2 * block)
}

function headerOf(entry: ManifestEntry): Uint8Array<ArrayBuffer> {
  const path = bytesOf(entry.type === 'folder' ? `${entry.path}/` : entry.path)
  const target = bytesOf(entry.type === 'link' ? entry.target : '')
  const size = entry.type === 'file' ? entry.size : 0
  const seconds = BigInt(entry.mtime) / 1_000_000_000n
  const records = [
    ...(isRaw(entry.path) || (entry.type === 'link' && isRaw(entry.target)) ? [record('hdrcharset', bytesOf('BINARY'))] : []),
    record('path', path),
    ...(target.length > 0 ? [record('linkpath', target)] : []),
    ...(size >= 8 ** 11 ? [record('size', bytesOf(String(size)))] : []),
    record('mtime', bytesOf(decimal(BigInt(entry.mtime)))),
  ]
  const extended = join(records)
  return join([
    oldHeader({ type: 'x', path: bytesOf('pax'), target: new Uint8Array(), size: extended.length, mode: 0o644, seconds: 0 }),
    extended,
    padding(extended.length),
    oldHeader({
      type: types[entry.type],
      path: path.subarray(0, 100),
      target: target.subarray(0, 100),
      size: size < 8 ** 11 ? size : 0,
      mode: Number.parseInt(entry.mode, 8),
      seconds: seconds > 0n && seconds < 8n ** 11n ? Number(seconds) : 0,
      ...(entry.uid !== undefined && { uid: entry.uid }),
      ...(entry.gid !== undefined && { gid: entry.gid }),
    }),
  ])
}

interface OldFields {
  readonly type: string
  readonly path: Uint8Array
  readonly target: Uint8Array
  readonly size: number
  readonly mode: number
  readonly seconds: number
  readonly uid?: number
  readonly gid?: number
}

/** The header of 1988, with its numbers in octal. */
function oldHeader({ type, path, target, size, mode, seconds, uid = 0, gid = 0 }: OldFields): Uint8Array {
  const header = new Uint8Array(block)
  const octal = (value: number, digits: number): Uint8Array =>
    bytesOf(`${(value < 8 ** digits ? value : 0).toString(8).padStart(digits, '0')}\0`)
  header.set(path, 0)
  header.set(octal(mode, 7), 100)
  header.set(octal(uid, 7), 108)
  header.set(octal(gid, 7), 116)
  header.set(octal(size, 11), 124)
  header.set(octal(seconds, 11), 136)
  header.set(bytesOf(`        ${type}`), 148)
  header.set(target, 157)
  header.set(bytesOf('ustar\x0000'), 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.set(bytesOf(`${sum.toString(8).padStart(6, '0')}\0 `), 148)
  return header
}

/** `LENGTH KEY=VALUE\n`, where the length counts itself too. */
function record(key: string, value: Uint8Array): Uint8Array {
  const rest = key.length + value.length + 3
  let length = rest + String(rest).length
  if (String(length).length > String(rest).length) length++
  return join([bytesOf(`${length} ${key}=`), value, bytesOf('\n')])
}

/** Nanoseconds as seconds, with all their digits. */
function decimal(nanoseconds: bigint): string {
  const size = nanoseconds < 0n ? -nanoseconds : nanoseconds
  const digits = `${size / 1_000_000_000n}.${String(size % 1_000_000_000n).padStart(9, '0')}`
  return nanoseconds < 0n ? `-${digits}` : digits
}

const isRaw = (text: string): boolean => /\p{Surrogate}/u.test(text)

/** Bytes of names that are no UTF-8 stand as U+DC80 to U+DCFF. */
function bytesOf(text: string): Uint8Array {
  if (!isRaw(text)) return new TextEncoder().encode(text)
  return join(text.split(/(\p{Surrogate})/u).map((part) => (isRaw(part) ? Uint8Array.of(part.charCodeAt(0) & 0xff) : new TextEncoder().encode(part))))
}

function padding(size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array((block - (size % block)) % block)
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}
