import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { copyFileSync, existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { findingsIn, openDatabase, rows, workspace } from './snapshots.ts'

// With SOAK=1 in the environment these run long enough for a night.
const soak = process.env.SOAK === '1'
/** At least: the file of the log, too, must have been met with something in it. */
const kills = soak ? 200 : 8
const most = 10 * kills

const cases = [
  { journal: 'WAL', to: 'the live database', open: true },
  { journal: 'DELETE', to: 'the live database', open: true },
  { journal: 'WAL', to: 'another file', open: false },
]

test.each(cases)(
  'killed at any moment, a restore over $to in mode $journal leaves the old state or the new one',
  {
    timeout: soak ? 1_200_000 : 300_000,
  },
  async ({ journal, to, open }) => {
    using place = workspace()
    const path = place.file('store.db')
    const [old, fresh] = [place.file('old.db'), place.file('new.db')]
    openDatabase(old, `PRAGMA journal_mode = ${journal}; ${rows(12_000, 900)}`).close()
    openDatabase(fresh, `PRAGMA journal_mode = ${journal}; ${rows(15_000, 900, 500)}`).close()
    const states = new Map([
      [digestOf(old), 'old'],
      [digestOf(fresh), 'new'],
    ])
    const args = to === 'another file' ? [place.file('other.db'), fresh, path] : [path, fresh]
    const seen = { old: 0, new: 0 }
    let inTheMiddle = 0

    const timed = await restore(place, path, old, args)
    expect(states.get(digestOf(path))).toBe('new')
    const isEnough = (): boolean => seen.old > 0 && (!open || inTheMiddle > 0)
    for (let i = 0; i < kills || (i < most && !isEnough()); i++) {
      // Most of the time is spent starting; the end of it is where things happen.
      const killAfterMs = timed.ms * (i % 3 === 0 ? Math.random() : 0.6 + 0.45 * Math.random())
      const app = open && i % 2 === 0 ? old : undefined
      // A journal is there for some hundredths of a second only: some kills wait for it.
      const waits = journal === 'DELETE' && i % 4 === 1
      const killAt = (): Promise<void> => (waits ? soonAfter(`${path}-journal`) : pause(killAfterMs))
      const { killed } = await restore(place, path, old, args, killAt, app)
      if (killed && existsSync(`${path}-${journal === 'WAL' ? 'wal' : 'journal'}`)) inTheMiddle++
      expect(findingsIn(path)).toEqual([])
      const state = states.get(digestOf(path))
      expect(['old', 'new']).toContain(state)
      seen[state as 'old' | 'new']++
    }
    expect(seen.old).toBeGreaterThan(0)
    expect(seen.old + seen.new).toBeGreaterThanOrEqual(kills)
    expect(inTheMiddle).toBeGreaterThanOrEqual(open ? 1 : 0)
  },
)

/** Some milliseconds after a file has appeared. */
async function soonAfter(file: string): Promise<void> {
  for (const giveUp = performance.now() + 10_000; !existsSync(file) && performance.now() < giveUp; ) await pause(1)
  await pause(Math.random() * 20)
}

/** One restore over a fresh copy of the old state, killed with all its processes after a while. */
async function restore(
  place: ReturnType<typeof workspace>,
  path: string,
  old: string,
  args: string[],
  killAt?: () => Promise<void>,
  app?: string,
): Promise<{ ms: number; killed: boolean }> {
  const keep = /^(scratch|old\.db|new\.db)$/
  for (const name of readdirSync(place.folder))
    if (!keep.test(name)) rmSync(join(place.folder, name), { recursive: true })
  copyFileSync(old, path)
  const connection = app === undefined ? undefined : new DatabaseSync(path)
  connection?.prepare('SELECT count(*) FROM t').get()
  const started = performance.now()
  const program = fileURLToPath(new URL('./restore.ts', import.meta.url))
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...args], {
    // A group of its own, so that the reader dies in the same moment.
    detached: true,
    stdio: 'ignore',
  })
  const exited = once(child, 'exit')
  if (killAt) {
    await Promise.race([killAt(), exited])
    try {
      process.kill(-(child.pid as number), 'SIGKILL')
    } catch {
      // It was quicker.
    }
  }
  const [, signal] = (await exited) as [number | null, string | null]
  connection?.close()
  return { ms: performance.now() - started, killed: signal === 'SIGKILL' }
}

function digestOf(path: string): string {
  const database = new DatabaseSync(path)
  const hash = createHash('sha256')
  for (const row of database.prepare('SELECT id, text FROM t ORDER BY id').iterate())
    hash.update(`${String(row.id)} ${String(row.text)}\n`)
  database.close()
  return hash.digest('hex')
}
