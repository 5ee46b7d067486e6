import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import type { FileEntry } from '../../../packages/files/src/manifest/entry.ts'
import type { Manifest } from '../../../packages/files/src/manifest/read.ts'
import { Damage, shown } from '../../restore.mjs'
import type { Part } from './protocol.ts'

type Pieces = Iterable<Uint8Array<ArrayBuffer>>

/** A tree for a folder that a browser writes: folders, files with their bytes, and what cannot be made. */
export function* entriesOf({ entries }: Manifest, content: Pieces): Generator<Part, void, undefined> {
  const files: FileEntry[] = []
  for (const entry of entries) {
    const { path, type } = entry
    if (type === 'link') yield { kind: 'left', path: shown(path), why: `is a link to ${shown(entry.target)}; the archive keeps links` }
    else if (/\p{Surrogate}/u.test(path)) yield { kind: 'left', path: shown(path), why: 'has a name that is no text; the archive keeps it' }
    else if (type === 'folder') yield { kind: 'folder', path }
    else files.push(entry)
  }
  for (const { entry, piece } of cut(files, content)) {
    if (piece) yield { kind: 'bytes', bytes: piece }
    else yield { kind: 'file', path: entry.path, size: entry.size }
  }
}

interface Cut {
  readonly entry: FileEntry
  /** Absent once, when the file begins. */
  readonly piece?: Uint8Array<ArrayBuffer>
}

/** The bytes of files, in the order in which they lie in the stream: each begins, has its pieces, and is compared with its hash. */
export function* cut(files: readonly FileEntry[], content: Pieces): Generator<Cut, void, undefined> {
  const pieces = content[Symbol.iterator]()
  let [piece, at] = [new Uint8Array(), 0]
  /** The bytes from there on that the stream has next, at most so many. */
  const take = (offset: number, most: number): Uint8Array<ArrayBuffer> => {
    while (offset >= at + piece.length) {
      at += piece.length
      const { done, value } = pieces.next()
      if (done) throw new Damage('the files reach beyond the end of their stream')
      piece = value
    }
    return piece.subarray(offset - at, offset - at + most)
  }
  for (const entry of [...files].sort((a, b) => a.offset - b.offset)) {
    yield { entry }
    const hash = sha256.create()
    for (let done = 0; done < entry.size;) {
      // A copy, since it is given away.
      const bytes = take(entry.offset + done, entry.size - done).slice()
      hash.update(bytes)
      done += bytes.length
      yield { entry, piece: bytes }
    }
    if (bytesToHex(hash.digest()) !== entry.sha256) throw new Damage(`${shown(entry.path)} does not have the SHA-256 that its list of files says`)
  }
}
