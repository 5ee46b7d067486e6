import { mkdtempSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { changeStore, createStore, readInvariant, startWriter } from './index.ts'
import type { ChangeKind } from './index.ts'

let folder: string
const at = (name: string): string => join(folder, name)

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('createStore', () => {
  it('makes the same bytes from the same seed and others from another', () => {
    createStore(at('one.db'), { bytes: 1_000_000, seed: 7 })
    createStore(at('same.db'), { bytes: 1_000_000, seed: 7 })
    createStore(at('other.db'), { bytes: 1_000_000, seed: 8 })
    const one = readFileSync(at('one.db'))
    expect(one.equals(readFileSync(at('same.db')))).toBe(true)
    expect(one.equals(readFileSync(at('other.db')))).toBe(false)
  })

  it('comes close to the wanted size and leaves one sound file', () => {
    const made = createStore(at('sized.db'), { bytes: 20_000_000, journal: 'wal' })
    expect(statSync(at('sized.db')).size).toBe(made.bytes)
    expect(Math.abs(made.bytes / 20_000_000 - 1)).toBeLessThan(0.05)
    expect(statSync(at('sized.db-wal'), { throwIfNoEntry: false })).toBeUndefined()
    const db = new DatabaseSync(at('sized.db'), { readOnly: true })
    expect(db.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
    expect(db.prepare('PRAGMA foreign_key_check').all()).toEqual([])
    expect(db.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
    db.close()
  })

  it.each([512, 65_536])('honours a page size of %i and the rollback journal', (pageSize) => {
    const made = createStore(at(`${pageSize}.db`), { bytes: 2_000_000, pageSize, journal: 'delete' })
    const file = readFileSync(at(`${pageSize}.db`))
    expect(file.length).toBe(made.pages * pageSize)
    expect(file.readUInt16BE(16)).toBe(pageSize === 65_536 ? 1 : pageSize)
    expect(file[18]).toBe(1)
  })

  it('refuses a path that exists', () => {
    createStore(at('twice.db'), { bytes: 300_000 })
    expect(() => createStore(at('twice.db'), { bytes: 300_000 })).toThrow('exists')
  })
})

describe('changeStore', () => {
  it.each<[ChangeKind, number, number]>([
    ['uniform', 0.2, 0.35],
    ['recent', 0.08, 0.18],
  ])('touches the share of pages that %s promises, and keeps the sums', (kind, least, most) => {
    const path = at(`${kind}.db`)
    const { pages, customers, products, invoices, lines } = createStore(path, { bytes: 20_000_000 })
    const before = readFileSync(path)
    const { updated, inserted } = changeStore(path, kind)
    const rows = customers + products + invoices + lines
    expect(updated / rows).toBeCloseTo(0.005, 4)
    expect(inserted / rows).toBeCloseTo(0.01, 3)
    const share = changedPages(before, readFileSync(path)) / pages
    expect(share).toBeGreaterThan(least)
    expect(share).toBeLessThan(most)
    expect(readInvariant(path).holds).toBe(true)
  })

  it('touch changes the time of the file and nothing else', () => {
    const path = at('touch.db')
    createStore(path, { bytes: 300_000 })
    utimesSync(path, 1, 1)
    const before = readFileSync(path)
    expect(changeStore(path, 'touch')).toEqual({ updated: 0, inserted: 0 })
    expect(readFileSync(path).equals(before)).toBe(true)
    expect(statSync(path).mtimeMs).toBeGreaterThan(1000)
  })
})

describe('startWriter', () => {
  it('writes at about the wanted pace from another process and keeps the sums', async () => {
    const path = at('written.db')
    createStore(path, { bytes: 3_000_000 })
    const writer = await startWriter(path, { transactionsPerSecond: 200 })
    expect(writer.pid).not.toBe(process.pid)
    await new Promise((resolve) => setTimeout(resolve, 500))
    const report = await writer.stop()
    expect(report.transactions).toBeGreaterThan(20)
    expect(report.transactions / (report.ranMs / 1000)).toBeLessThan(220)
    const invariant = readInvariant(path)
    expect(invariant).toMatchObject({ payments: report.transactions, holds: true })
  })

  it('leaves whole transactions when it is killed', async () => {
    const path = at('killed.db')
    createStore(path, { bytes: 3_000_000 })
    const writer = await startWriter(path, { transactionsPerSecond: 5_000 })
    await new Promise((resolve) => setTimeout(resolve, 200))
    await writer.kill()
    const invariant = readInvariant(path)
    expect(invariant.holds).toBe(true)
    expect(invariant.payments).toBeGreaterThan(10)
  })

  it('tells why it could not start', async () => {
    await expect(startWriter(at('missing/store.db'))).rejects.toThrow('unable to open')
  })
})

describe('readInvariant', () => {
  it('notices a payment without the balance it belongs to', () => {
    const path = at('torn.db')
    createStore(path, { bytes: 300_000 })
    const db = new DatabaseSync(path)
    db.exec('INSERT INTO payments (customer_id, invoice_id, amount_cents, paid_at) VALUES (1, 1, 100, 0)')
    db.close()
    const { holds, actualCents, expectedCents } = readInvariant(path)
    expect(holds).toBe(false)
    expect(actualCents - expectedCents).toBe(100)
  })
})

function changedPages(before: Buffer, after: Buffer): number {
  let changed = 0
  for (let at = 0; at < before.length; at += 4096) {
    if (before.compare(after, at, at + 4096, at, at + 4096) !== 0) changed++
  }
  return changed
}
