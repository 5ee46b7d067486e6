import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { examineBank, openBank } from './soak/bank.ts'
import { soakLife } from './soak/life.ts'
import { brisk } from './soak/pace.ts'

test('two writers, a pruner and a scrubber on three providers, one of them faulty: nothing fails, and space is reclaimed', async () => {
  const { counts, failures } = await soakLife({ durationMs: 20_000, pace: brisk, until: ['packs removed', 'packs gathered', 'provider away', 'faults'] })
  expect(failures).toEqual([])
  // Otherwise it would prove little.
  const happened = ['snapshots', 'transactions', 'collections', 'scrubs', 'snapshots gone for good', 'packs gathered', 'packs removed']
  const befell = ['faults', 'outages met', 'provider away', 'bits flipped', 'copies delivered later', 'retries']
  for (const what of [...happened, ...befell]) expect(`${what}: ${counts.get(what) ?? 0}`).not.toBe(`${what}: 0`)
  // During the soak, and at each of the three in the end.
  expect(counts.get('restores checked')).toBeGreaterThan(6)
}, 240_000)

describe('the examination of a database', () => {
  let folder: string
  const at = (name: string): string => join(folder, name)
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'soak-bank-'))
    const bank = openBank(at('bank.db'))
    for (let count = 0; count < 13_000; count++) bank.transfer()
    bank.close()
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  test('finds one in good order, also after old transfers were folded', () => {
    expect(examineBank(at('bank.db'))).toEqual({ made: 13_000, faults: [] })
  })

  test.each([
    // One alone may have changed nothing: from an account to itself.
    ['transfers are missing', 'DELETE FROM transfer WHERE id BETWEEN 12481 AND 12500', ['Of 13000', 'balances are not']],
    ['money was made', 'UPDATE account SET balance = balance + 1 WHERE id = 7', ['There is 200001', '1 balances are not']],
    ['half of a transfer is there', 'UPDATE account SET balance = balance - 5 WHERE id = 7; UPDATE account SET balance = balance + 5 WHERE id = 8', ['2 balances are not']],
    ['the book is ahead', 'UPDATE book SET made = made + 1', ['Of 13001']],
  ])('finds that %s', (_, sql, expected) => {
    copyFileSync(at('bank.db'), at('copy.db'))
    const copy = new DatabaseSync(at('copy.db'))
    copy.exec(sql)
    copy.close()
    const { faults } = examineBank(at('copy.db'))
    expect(faults).toHaveLength(expected.length)
    for (const [index, begin] of expected.entries()) expect(faults[index]).toContain(begin)
  })
})
