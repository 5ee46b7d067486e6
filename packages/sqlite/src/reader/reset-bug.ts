import type { Report } from '../host/protocol.ts'

/** Warns when SQLite has the flaw that is told of in https://sqlite.org/wal.html#walresetbug. */
export function warnOfResetBug(version: string, report: (report: Report) => void): void {
  if (!hasResetBug(version)) return
  report({
    type: 'warning',
    message: `SQLite ${version} can damage a database in WAL mode when two connections are busy at once.`,
    hint: 'Use SQLite 3.51.3 or later, here and in all programs that open the database.',
  })
}

/** From 3.7.0 to 3.51.2, but for two branches that got the correction. */
export function hasResetBug(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  if (major !== 3) return false
  return minor < 51 ? patch < (corrected[minor] ?? Infinity) : minor === 51 && patch < 3
}

const corrected: Readonly<Record<number, number>> = { 44: 6, 50: 7 }
