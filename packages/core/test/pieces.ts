import { createHash } from 'node:crypto'
import type { BackupSource, FreshPart, KeptPart, Stretch } from '../src/contract/source.ts'
import { throwIfAborted } from '../src/errors.ts'
import { contract } from '../src/index.ts'

/** Data in memory that falls into pieces, of which those that are known are kept: content `spliced` in its shortest form. */
export interface PiecesSource extends Omit<BackupSource, 'restore'> {
  restore: BackupSource['restore']
  data: Uint8Array
  readonly places: Map<string, Uint8Array>
  /** Parts handed out. */
  fresh: number
  kept: number
  released: number
  /** What restores were given, in its order. */
  readonly stretches: Stretch[]
}

const pieceBytes = 10_000
const hashBytes = 16

/** @param alter makes other parts of those that are right */
export function pieces(data: Uint8Array, alter: (part: FreshPart | KeptPart) => FreshPart | KeptPart = (part) => part): PiecesSource {
  const source: PiecesSource = {
    contract,
    name: 'pieces',
    label: 'pieces in memory',
    selective: true,
    data,
    places: new Map(),
    fresh: 0,
    kept: 0,
    released: 0,
    stretches: [],

    async open({ signal, previousState }) {
      throwIfAborted(signal, 'opening')
      const view = source.data.slice()
      const cut = Array.from({ length: Math.ceil(view.length / pieceBytes) }, (_, at) => view.subarray(at * pieceBytes, (at + 1) * pieceBytes))
      const hashes = cut.map((piece) => createHash('sha256').update(piece).digest().subarray(0, hashBytes))
      const known = await previousState('main')
      const places = new Map<string, number>()
      for (let at = 0; known && at < known.length; at += hashBytes) {
        places.set(Buffer.from(known.subarray(at, at + hashBytes)).toString('hex'), (at / hashBytes) * pieceBytes)
      }
      let isRead = false
      return {
        async *streams() {
          const parts = async function* (): AsyncGenerator<FreshPart | KeptPart> {
            for (const [at, piece] of cut.entries()) {
              throwIfAborted(signal, 'reading')
              const offset = places.get(hashes[at]!.toString('hex'))
              if (offset === undefined) source.fresh++
              else source.kept++
              // Whoever looks at it later finds something else.
              const bytes = piece.slice()
              const release = (): void => {
                bytes.fill(0xee)
                source.released++
              }
              if (offset === undefined) yield alter({ kind: 'fresh', bytes, pieces: Uint32Array.of(piece.length), release })
              else yield alter({ kind: 'kept', offset, length: piece.length })
            }
            isRead = true
          }
          yield { name: 'main', content: { kind: 'spliced', size: view.length, parts, state: () => Buffer.concat(hashes) } }
        },
        finish: async () => ({ complete: isRead }),
        close: async () => {},
      }
    },

    async restore({ to = 'live', only }) {
      let restored = new Uint8Array(0)
      const [from = 0, end = Infinity] = only?.[0]?.split('-').map(Number) ?? []
      return {
        async open({ size }) {
          restored = new Uint8Array(size)
          return {
            kind: 'scattered',
            wants: (offset, length) => offset < end && offset + length > from,
            async write(bytes, stretches) {
              source.stretches.push(...stretches)
              for (const { offset, start, length } of stretches) restored.set(bytes.subarray(start, start + length), offset)
            },
            end: async () => {},
          }
        },
        async commit() {
          source.places.set(to, restored)
          return { place: to, requiresRestart: false }
        },
        abort: async () => {},
      }
    },
  }
  return source
}

