import { openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { type BackupSource, type ChangedPages, contract } from '@backup/core'

/** A database that grows and of which a few pages change between two backups. Its pages are computed, so fifteen years of them fit anywhere. */
export interface GrowingPages extends BackupSource {
  /** Changes so many pages, and grows to this size. */
  change(pages: number, sizePages: number): void
  /** What page `page` holds now. */
  pageOf(page: number): Uint8Array
  readonly pages: number
}

export const pageBytes = 4096

/** @param folder for what is handed out */
export function growingPages(folder: string): GrowingPages {
  /** How often each page was changed. */
  const versions: number[] = []
  let touched: number[] = []
  let moment = 0
  let seed = 1
  const path = join(folder, 'pages')
  /** Opened once: to make a file anew takes longer than the backup of what is in it. */
  let file: number | undefined
  const next = (): number => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31)

  const pageOf = (page: number): Uint8Array => {
    const bytes = new Uint8Array(pageBytes)
    const words = new Uint32Array(bytes.buffer)
    let word = (page * 2_654_435_761 + versions[page]! * 40_503) >>> 0
    // Half of it compresses, as half of a database does.
    for (let at = 0; at < words.length / 2; at++) words[at] = word = (Math.imul(word, 1_664_525) + 1_013_904_223) >>> 0
    return bytes
  }

  return {
    contract,
    name: 'growing-pages',
    label: 'fifteen years',
    pageOf,
    get pages() {
      return versions.length
    },
    change(pages, sizePages) {
      const changed = new Set<number>()
      while (versions.length < sizePages) changed.add(versions.push(0) - 1)
      for (let count = 0; count < pages; count++) changed.add(next() % versions.length)
      for (const page of changed) versions[page]!++
      touched = [...changed].sort((a, b) => a - b)
      moment++
    },
    async open({ previousState }) {
      const state = await previousState('main')
      const isKnown = state !== undefined && Number(new TextDecoder().decode(state)) === moment - 1
      const numbers = isKnown ? touched : versions.map((_, page) => page)
      const batches = async function* (): AsyncGenerator<ChangedPages> {
        for (let from = 0; from < numbers.length; from += 1024) {
          const some = numbers.slice(from, from + 1024)
          const bytes = Buffer.concat(some.map(pageOf))
          file ??= openSync(path, 'w')
          writeSync(file, bytes, 0, bytes.length, from * pageBytes)
          yield { path, offset: from * pageBytes, pages: Uint32Array.from(some) }
        }
      }
      const size = versions.length * pageBytes
      const content = { kind: 'changed', size, pageBytes, batches, incremental: isKnown, state: () => Buffer.from(`${moment}`) } as const
      return {
        async *streams() {
          yield { name: 'main', content }
        },
        finish: async () => ({ complete: true }),
        close: async () => {},
      }
    },
    restore: () => Promise.reject(new Error('Restored by the measurement itself.')),
  }
}
