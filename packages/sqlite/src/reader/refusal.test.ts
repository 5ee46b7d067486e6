import { DatabaseSync } from 'node:sqlite'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { refusalOf, refuse, sqliteCode } from './refusal.ts'

function thrown(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

describe('both drivers say the same of', () => {
  const cases: Readonly<Record<string, readonly [sql: string, code: string]>> = {
    'a statement that makes no sense': ['SELECT nonsense', 'ERROR'],
    'writing where only reading is allowed': ['PRAGMA query_only = 1; CREATE TABLE t (x)', 'READONLY'],
    'a file that cannot be opened': ["ATTACH '/nowhere/at/all.db' AS other", 'CANTOPEN'],
  }

  test.each(Object.entries(cases))('%s', (_, [sql, code]) => {
    expect(sqliteCode(thrown(() => new DatabaseSync(':memory:').exec(sql)))).toBe(code)
    expect(sqliteCode(thrown(() => new Database(':memory:').exec(sql)))).toBe(code)
  })
})

test("Node's word for a destination that somebody holds is understood", () => {
  expect(sqliteCode(Object.assign(new Error('not an error'), { code: 'ERR_SQLITE_ERROR', errcode: 0 }))).toBe(
    'BUSY',
  )
})

test('what SQLite did not raise has no code of SQLite', () => {
  expect(sqliteCode(new Error('disk'))).toBeUndefined()
  expect(sqliteCode(Object.assign(new Error('disk'), { code: 'ENOSPC' }))).toBeUndefined()
})

describe('in words', () => {
  test.each([
    ['ENOSPC', 'quota'],
    ['EDQUOT', 'quota'],
    ['EFBIG', 'quota'],
    ['SQLITE_FULL', 'quota'],
    ['SQLITE_BUSY_SNAPSHOT', 'busy'],
    ['EACCES', 'auth'],
    ['EROFS', 'auth'],
    ['EIO', 'source'],
    [undefined, 'source'],
  ])('%s is %s', (code, kind) => {
    expect(refusalOf(Object.assign(new Error('it broke'), { code }), 'source', 'reading /a/b')).toMatchObject(
      {
        kind,
        message: 'Failed while reading /a/b: it broke.',
      },
    )
  })

  test('a refusal stays what it is', () => {
    expect(refusalOf(refuse('busy', 'Not now.', 'Later.'), 'source', 'reading')).toEqual({
      kind: 'busy',
      message: 'Not now.',
      hint: 'Later.',
    })
  })
})
