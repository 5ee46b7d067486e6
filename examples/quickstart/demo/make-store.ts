import { DatabaseSync } from 'node:sqlite'
import { createStore } from '@backup-internal/store'
import { bytesText, durationText, numberText } from '@backup/cli/terminal'
import type { Stage } from './stage.ts'

/** Makes the store database; the same size gives the same bytes. */
export function makeStore({ screen }: Stage, path: string, bytes: number): void {
  screen.step('Make a store database')
  const startedAt = performance.now()
  const made = createStore(path, {
    bytes,
    onProgress(fraction) {
      const seconds = (performance.now() - startedAt) / 1000
      const bytesPerSecond = (fraction * bytes) / Math.max(seconds, 0.001)
      screen.progress({
        label: 'making',
        doneBytes: fraction * bytes,
        totalBytes: bytes,
        bytesPerSecond,
        ...(fraction > 0 && { leftMs: (1000 * (1 - fraction) * bytes) / bytesPerSecond }),
      })
    },
  })
  screen.say(`${bytesText(made.bytes)} in ${durationText(performance.now() - startedAt)}`)
  screen.detail(
    `${numberText(made.customers)} customers, ${numberText(made.products)} products, ` +
      `${numberText(made.invoices)} invoices, ${numberText(made.lines)} lines`,
  )
}

/** Works the write-ahead log into the file, so that the file alone is the database. */
export function settle(path: string): void {
  withStore(path, 'PRAGMA wal_checkpoint(TRUNCATE)')
}

/** What a forgotten WHERE does. */
export function makeMistake(path: string): void {
  withStore(path, 'UPDATE customers SET balance_cents = 0')
}

function withStore(path: string, sql: string): void {
  const db = new DatabaseSync(path, { timeout: 5_000 })
  db.exec(sql)
  db.close()
}
