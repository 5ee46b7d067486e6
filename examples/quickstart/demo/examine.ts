import type { CheckResult } from '@backup/core'
import { sqlite } from '@backup/sqlite'
import { numberText } from '@backup/cli/terminal'
import type { Stage } from './stage.ts'

/** Lets SQLite look at all of a database: its structure, its references, and how many rows there are. */
export async function examine({ screen, signal }: Stage, path: string): Promise<CheckResult> {
  screen.progress({ label: 'examining' })
  const result = await sqlite(path).check?.({ place: path, requiresRestart: false }, { signal })
  return result ?? { ok: false, findings: ['nobody looked'] }
}

/** `6 tables, 712,345 rows`. */
export function rowsText({ counts = {} }: CheckResult): string {
  const rows = Object.values(counts).reduce((sum, count) => sum + count, 0)
  const tables = Object.keys(counts).length
  return `${tables} ${tables === 1 ? 'table' : 'tables'}, ${numberText(rows)} rows`
}
