import type { Access, Report } from '../host/protocol.ts'
import { type Connection, connector } from './driver.ts'
import { type Examination, examine } from './examine.ts'
import { refuse } from './refusal.ts'

/**
 * Opens a restored file, which is nobody else's yet. Closing the connection removes what SQLite puts beside
 * it.
 */
export async function openRestored({ driver, busyTimeoutMs }: Access, path: string): Promise<Connection> {
  const connect = await connector(driver)
  return connect(path, { readOnly: false, busyTimeoutMs })
}

/** @throws `corrupt` when the examination found something; what it could not look at is a warning. */
export function assertSound(
  what: string,
  connection: Connection,
  depth: 'none' | 'quick' | 'full',
  tell: (report: Report) => void,
): void {
  if (depth === 'none') return
  const { findings, unable }: Examination = examine(connection, depth)
  if (unable !== undefined) {
    tell({
      type: 'warning',
      message: `SQLite could not check all of ${what}: ${unable}.`,
      hint: 'It uses something of the application; run `PRAGMA quick_check` there.',
    })
  }
  if (findings.length === 0) return
  const more = findings.length > 3 ? ` and ${findings.length - 3} more` : ''
  throw refuse('corrupt', `${what} is damaged: ${findings.slice(0, 3).join('; ')}${more}.`)
}
