import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BackupSource, ChangedPages, SourceContext, StreamTarget } from '../src/contract/source.ts'
import { BackupError, throwIfAborted } from '../src/errors.ts'
import { contract } from '../src/index.ts'

const pageBytes = 512
const hashBytes = 16

/** Data in memory that is handed out page by page, and of which only what changed is: content `changed` in its shortest form. */
export interface ChangedPagesSource extends BackupSource {
  data: Uint8Array
  readonly places: Map<string, string>
  handedOut: number
  /** Batches whose place was given back. */
  released: number
}

/** What may be done otherwise, for a source that breaks a promise. */
export interface Ways {
  /** Reads a state; `undefined` when it is of no use. */
  readonly hashesIn: (state: Uint8Array, data: Uint8Array) => Uint8Array | undefined
  readonly isChanged: (known: Uint8Array | undefined, hash: Uint8Array) => boolean
}

/** @param folder for spool files, and for what restores make */
export function changedPages(folder: string, data: Uint8Array, ways: Partial<Ways> = {}): ChangedPagesSource {
  const { hashesIn, isChanged } = { ...sound, ...ways }
  let spools = 0
  const source: ChangedPagesSource = {
    contract,
    name: 'changed-pages',
    label: 'pages in memory',
    data,
    places: new Map(),
    handedOut: 0,
    released: 0,

    async open({ signal, previousState }: SourceContext) {
      throwIfAborted(signal, 'opening')
      const view = source.data.slice()
      const pages = Array.from({ length: Math.ceil(view.length / pageBytes) }, (_, page) => view.subarray(page * pageBytes, (page + 1) * pageBytes))
      const hashes = pages.map(hashOf)
      const state = await previousState('main')
      const known = state && hashesIn(state, view)
      let isRead = false
      return {
        async *streams() {
          const batches = async function* (): AsyncGenerator<ChangedPages> {
            const changed = pages.flatMap((_, page) => (isChanged(known?.subarray(page * hashBytes, (page + 1) * hashBytes), hashes[page]!) ? [page] : []))
            for (let from = 0; from < changed.length; from += 40) {
              throwIfAborted(signal, 'reading')
              const batch = changed.slice(from, from + 40)
              const path = join(folder, `spool-${++spools}`)
              await writeFile(path, Buffer.concat(batch.map((page) => pages[page]!)))
              source.handedOut++
              // Whoever reads later than he said finds nothing.
              yield { path, offset: 0, pages: Uint32Array.from(batch), release: () => (rmSync(path), source.released++) }
            }
          }
          const content = { kind: 'changed', size: view.length, pageBytes, batches, incremental: known !== undefined, state: () => sealed(Buffer.concat(hashes)) } as const
          yield { name: 'main', content }
          isRead = true
        },
        async finish() {
          throwIfAborted(signal, 'reading')
          return { complete: isRead }
        },
        close: async () => {},
      }
    },

    async restore({ to = 'live', overwrite, signal }) {
      throwIfAborted(signal, 'restoring')
      const refuseIfThere = (): void => {
        if (source.places.has(to) && !overwrite) throw new BackupError('exists', `There is something at ${to}.`, { plugin: 'changed-pages', key: to })
      }
      refuseIfThere()
      const path = join(folder, `restored-${++spools}`)
      return {
        async open({ size }): Promise<StreamTarget> {
          await writeFile(path, new Uint8Array(size))
          return { kind: 'file', path }
        },
        async commit() {
          refuseIfThere()
          source.places.set(to, path)
          return { place: to, requiresRestart: false }
        },
        abort: async () => {},
      }
    },
  }
  return source
}

const hashOf = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest().subarray(0, hashBytes)

/** A state says itself whether it is whole. */
const sealed = (hashes: Uint8Array): Uint8Array => Buffer.concat([hashOf(hashes), hashes])

const sound: Ways = {
  hashesIn(state) {
    const hashes = state.subarray(hashBytes)
    const isWhole = state.length > hashBytes && Buffer.compare(hashOf(hashes), state.subarray(0, hashBytes)) === 0
    return isWhole ? hashes : undefined
  },
  isChanged: (known, hash) => !known || Buffer.compare(known, hash) !== 0,
}
