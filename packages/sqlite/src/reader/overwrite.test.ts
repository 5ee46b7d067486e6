import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { changedStore, count, journals } from '../../test/restores.ts'
import { type Snapshot, findingsIn, openDatabase, query, workspace } from '../../test/snapshots.ts'
import type { ReplaceRequest } from '../host/protocol.ts'
import { type Connection, connector } from './driver.ts'
import { overwrite } from './overwrite.ts'

test.each(journals)('in mode %s, a result that does not stand up is undone', async (journal) => {
  using place = workspace()
  const { path, snapshot, app, source } = await opened(place, journal)
  const seen: unknown[] = []
  const examine = (): void => {
    seen.push(app.prepare(count).get())
    throw new Error('found wanting')
  }
  await expect(overwrite(requestFor(place, snapshot), source, examine, () => {})).rejects.toThrow('found wanting')
  expect(seen).toEqual([{ n: 3000 }])
  expect(app.prepare(count).get()).toEqual({ n: 4000 })
  source.close()
  app.close()
  expect(findingsIn(path)).toEqual([])
})

test.each(journals)('in mode %s, what can be neither left there nor put back is told, with the way out', async (journal) => {
  using place = workspace()
  const { snapshot, app, source } = await opened(place, journal)
  const request = { ...requestFor(place, snapshot), busyTimeoutMs: 50 }
  const examine = (): void => {
    // Somebody holds the lock, and does not let go.
    app.exec('BEGIN IMMEDIATE')
    throw new Error('found wanting')
  }
  await expect(overwrite(request, source, examine, () => {})).rejects.toMatchObject({
    refusal: { kind: 'corrupt', altered: true, hint: expect.stringContaining(request.safetyCopy) },
  })
  app.exec('ROLLBACK')
  expect(app.prepare(count).get()).toEqual({ n: 3000 })
  source.close()
  app.close()
  expect(query(request.safetyCopy, count)).toEqual([{ n: 4000 }])
})

test.each(journals)(
  'in mode %s, what is committed just before the overwriting begins is in the safety copy',
  async (journal) => {
    using place = workspace()
    const { snapshot, app, source } = await opened(place, journal)
    let overtaken = 0
    const late: Connection = {
      ...source,
      backup(...args) {
        if (overtaken < 2) app.exec(`INSERT INTO t VALUES (${(overtaken += 1)} + 100000, 'late')`)
        return source.backup(...args)
      },
    }
    await overwrite(requestFor(place, snapshot), late, () => {}, () => {})
    expect(overtaken).toBe(2)
    expect(query(place.file('safe.db'), 'SELECT id FROM t WHERE id > 100000')).toEqual([
      { id: 100_001 },
      { id: 100_002 },
    ])
    expect(app.prepare(count).get()).toEqual({ n: 3000 })
    source.close()
    app.close()
  },
)

test.each(journals)(
  'in mode %s, an application that never stops writing is asked to pause',
  async (journal) => {
    using place = workspace()
    const { snapshot, app, source } = await opened(place, journal)
    const late: Connection = {
      ...source,
      backup(...args) {
        app.exec('INSERT INTO t DEFAULT VALUES')
        return source.backup(...args)
      },
    }
    await expect(overwrite(requestFor(place, snapshot), late, () => {}, () => {})).rejects.toMatchObject({
      refusal: { kind: 'busy' },
    })
    expect(Number(app.prepare(count).get()?.n)).toBeGreaterThan(4000)
    expect(existsSync(place.file('safe.db'))).toBe(false)
    source.close()
    app.close()
  },
)

/** A store that has changed since its snapshot, open in the application, and the snapshot. */
async function opened(place: ReturnType<typeof workspace>, journal: (typeof journals)[number]) {
  const path = place.file('store.db')
  const snapshot = await changedStore(place, journal)
  const connect = await connector('node')
  return { path, snapshot, app: openDatabase(path, ''), source: connect(snapshot.path, { readOnly: false, busyTimeoutMs: 1000 }) }
}

function requestFor(place: ReturnType<typeof workspace>, snapshot: Snapshot): ReplaceRequest {
  return {
    path: place.file('store.db'),
    driver: 'node',
    busyTimeoutMs: 5000,
    restored: snapshot.path,
    overwrite: true,
    check: 'quick',
    safetyCopy: place.file('safe.db'),
  }
}
