import { mkdirSync, readFileSync, readdirSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { type SourceFixture, sourceSuite } from '@backup/core/testing'
import { describe, test } from 'vitest'
import { sqlite } from '../src/index.ts'
import { openDatabase, rows, workspace } from './snapshots.ts'

describe.each(['direct', 'copy'] as const)('as a source like any other, in mode %s', (mode) => {
  sourceSuite({ describe, test }, () => fixtureFor(mode), { changed: true, timeoutMs: 180_000 })
})

function fixtureFor(mode: 'direct' | 'copy'): SourceFixture {
  const place = workspace()
  const app = openDatabase(place.file('store.db'), `PRAGMA journal_mode = WAL; ${rows(500, 300)}`)
  mkdirSync(place.file('restored'))
  let [changes, places] = [0, 0]
  return {
    source: sqlite(place.file('store.db'), { mode }),
    scratch: place.scratch,
    change() {
      changes += 1
      app.exec(
        `UPDATE t SET text = 'change ${changes}' WHERE id % 90 = ${changes}; ${rows(5, 300, changes * 1000)}`,
      )
    },
    freshPlace: () => place.file(`restored/${(places += 1)}.db`),
    async contents(path) {
      const name = readdirSync(place.file('restored')).find((found) => path.endsWith(`restored/${found}`))
      return name === undefined ? undefined : { database: new Uint8Array(readFileSync(path)) }
    },
    traces: async () => ['.', 'scratch', 'restored'].flatMap((folder) => readdirSync(place.file(folder))),
    files: {
      async read(path, offset, length) {
        const bytes = new Uint8Array(length)
        await using file = await open(path)
        await file.read(bytes, 0, length, offset)
        return bytes
      },
      async write(path, offset, bytes) {
        await using file = await open(path, 'r+')
        await file.write(bytes, 0, bytes.length, offset)
      },
    },
    async dispose() {
      app.close()
      place[Symbol.dispose]()
    },
  }
}
