import { copyFileSync, statSync } from 'node:fs'
import { describe, expect, test, vi } from 'vitest'
import { changedStore, count, journals } from '../../test/restores.ts'
import { findingsIn, openDatabase, query, workspace } from '../../test/snapshots.ts'
import type { Connect, connector } from './driver.ts'
import { replace } from './replace.ts'

const atLastMoment = vi.hoisted(() => ({ act: (_to: string): void => {} }))

vi.mock('./driver.ts', async (original) => {
  const driver = await original<{ connector: typeof connector }>()
  const watched =
    (connect: Connect): Connect =>
    (path, options) => {
      const connection = connect(path, options)
      return {
        ...connection,
        backup(to, ...more) {
          atLastMoment.act(to)
          return connection.backup(to, ...more)
        },
      }
    }
  return { connector: async (name: 'node' | 'better-sqlite3') => watched(await driver.connector(name)) }
})

const ofOnePage = {
  'only a header': 'PRAGMA user_version = 7',
  'automatic vacuum': 'PRAGMA auto_vacuum = FULL; PRAGMA user_version = 7',
  'incremental vacuum': 'PRAGMA auto_vacuum = INCREMENTAL; PRAGMA user_version = 7',
  'a view': 'CREATE VIEW v AS SELECT 1',
  'nothing at all': '',
}

const cases = Object.entries(ofOnePage).flatMap(([what, sql]) =>
  journals.flatMap((journal) =>
    (['node', 'better-sqlite3'] as const).map((driver) => ({ what, sql, journal, driver })),
  ),
)

describe('what is committed just before a database of a single page is restored', () => {
  test.each(cases)(
    '($what) is in the safety copy: $driver, in mode $journal',
    async ({ sql, journal, driver }) => {
      using place = workspace()
      openDatabase(place.file('small.db'), sql).close()
      expect(statSync(place.file('small.db')).size).toBeLessThanOrEqual(4096)
      const facts = (path: string): unknown[] =>
        ['auto_vacuum', 'user_version', 'encoding'].flatMap((name) => query(path, `PRAGMA ${name}`))
      const wanted = [...facts(place.file('small.db')), ...query(place.file('small.db'), schema)]
      copyFileSync(place.file('small.db'), place.file('restored'))

      await changedStore(place, journal)
      const path = place.file('store.db')
      const app = openDatabase(path, '')
      expect(app.prepare(count).get()).toEqual({ n: 4000 })
      let late = 0
      atLastMoment.act = (to) => {
        if (to === path && late < 2) app.exec(`INSERT INTO t VALUES (${(late += 1)} + 100000, 'late')`)
      }
      const request = { path, driver, busyTimeoutMs: 5000, overwrite: true, check: 'quick' } as const
      const files = { restored: place.file('restored'), safetyCopy: place.file('safe.db') }
      const placed = await replace({ ...request, ...files }, () => {})

      expect(placed).toEqual({ requiresRestart: false, safetyCopy: place.file('safe.db') })
      expect(late).toBe(2)
      expect(query(place.file('safe.db'), count)).toEqual([{ n: 4002 }])
      expect([...facts(path), ...query(path, schema)]).toEqual(wanted)
      app.exec('CREATE TABLE again (x); DROP TABLE again')
      app.close()
      expect(findingsIn(path)).toEqual([])
    },
  )
})

const schema = 'SELECT type, name, sql FROM sqlite_schema'
