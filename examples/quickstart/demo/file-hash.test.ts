import { createHash } from 'node:crypto'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, expect, test } from 'vitest'
import { sha256Of, sqliteCounters } from './file-hash.ts'

const folder = mkdtempSync(join(tmpdir(), 'file-hash-'))
const at = (name: string): string => join(folder, name)
afterAll(() => rmSync(folder, { recursive: true }))

test('the hash is that of all bytes, also of large files', async () => {
  const bytes = Buffer.alloc((3 << 20) + 17, 'backup')
  writeFileSync(at('large'), bytes)
  expect(await sha256Of(at('large'))).toBe(createHash('sha256').update(bytes).digest('hex'))
})

test('without its counters, a database that was changed and changed back is the same', async () => {
  const db = new DatabaseSync(at('a.db'))
  db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (5)')
  copyFileSync(at('a.db'), at('before.db'))
  db.exec('UPDATE t SET x = 6; UPDATE t SET x = 5')
  db.close()
  expect(await sha256Of(at('a.db'))).not.toBe(await sha256Of(at('before.db')))
  expect(await sha256Of(at('a.db'), sqliteCounters)).toBe(await sha256Of(at('before.db'), sqliteCounters))
})
