import type { BackupSource, RestoreContext, RestoreSink, SourceContext, SourceSnapshot } from '../contract/source.ts'
import { contract } from '../contract/version.ts'
import { BackupError, throwIfAborted } from '../errors.ts'

/** A source whose data is a map of streams, and whose restores land in maps too. */
export interface MemorySource extends BackupSource {
  /** What is backed up next. */
  readonly streams: Map<string, Uint8Array>
  /** What restores made, by place; the live place is `live`. */
  readonly places: Map<string, Map<string, Uint8Array>>
  /** Set to `false` to make the source say that it could not read everything. */
  complete: boolean
}

/** The contract in its shortest form: the source to copy from, and the one to test an engine with. */
export function memorySource(streams: Readonly<Record<string, Uint8Array>> = {}): MemorySource {
  const source: MemorySource = {
    contract,
    name: 'memory',
    label: 'memory',
    streams: new Map(Object.entries(streams)),
    places: new Map(),
    complete: true,
    open: async ({ signal }) => openStreams(source, signal),
    restore: async (context) => restoreTo(source, context),
    isLive: async (place) => place === 'live',
    async discard({ place }) {
      source.places.delete(place)
    },
    check: async ({ place }) => {
      const restored = source.places.get(place)
      return { ok: restored !== undefined, findings: restored ? [] : [`There is no place "${place}".`], counts: { streams: restored?.size ?? 0 } }
    },
  }
  return source
}

/** Hands out a view that later changes of the source do not reach. */
function openStreams(source: MemorySource, signal: SourceContext['signal']): SourceSnapshot {
  throwIfAborted(signal, 'opening')
  const view = [...source.streams].map(([name, bytes]) => ({ name, bytes: bytes.slice() }))
  const unread = new Set(view)
  return {
    async *streams() {
      for (const stream of view) {
        const { name, bytes } = stream
        yield { name, content: { kind: 'bytes', size: bytes.length, read: () => inPieces(bytes, signal) } }
        // Whoever asks for the next one has read this one to its end.
        unread.delete(stream)
      }
    },
    async finish() {
      throwIfAborted(signal, 'reading')
      return { complete: source.complete && unread.size === 0, streams: view.length }
    },
    close: async () => {},
  }
}

async function* inPieces(bytes: Uint8Array, signal: SourceContext['signal']): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 65_536) {
    throwIfAborted(signal, 'reading')
    yield bytes.subarray(at, at + 65_536)
  }
}

function restoreTo(source: MemorySource, { to = 'live', overwrite, signal }: RestoreContext): RestoreSink {
  const refuseIfThere = (): void => {
    if (!source.places.has(to) || overwrite) return
    throw new BackupError('exists', `Place "${to}" exists already.`, { plugin: 'memory', key: to })
  }
  throwIfAborted(signal, 'restoring')
  refuseIfThere()
  const restored = new Map<string, Uint8Array>()
  return {
    async open({ name, size }) {
      const bytes = new Uint8Array(size)
      let filled = 0
      return {
        kind: 'bytes',
        async write(part) {
          bytes.set(part, filled)
          filled += part.length
        },
        async end() {
          restored.set(name, bytes.subarray(0, filled))
        },
      }
    },
    async commit() {
      // Again: it may have come while the streams were written.
      refuseIfThere()
      source.places.set(to, restored)
      return { place: to, requiresRestart: false }
    },
    abort: async () => restored.clear(),
  }
}
