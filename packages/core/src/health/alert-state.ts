import type { StateStore } from '../contract/runtime.ts'
import { utf8 } from '../format/text.ts'
import type { AlertEntry, AlertState } from './alerts.ts'

/** What was told outlives the process: a restart neither repeats nor forgets. */
export async function readAlerts(state: StateStore, item: string): Promise<AlertState> {
  return decode(await state.read(item).catch(() => undefined))
}

export async function writeAlerts(state: StateStore, item: string, alerts: AlertState): Promise<void> {
  await state.write(item, utf8(JSON.stringify({ version: 1, entries: [...alerts.values()] })))
}

/** What cannot be read was never told: better twice than not at all. */
function decode(bytes: Uint8Array | undefined): AlertState {
  try {
    const found = bytes && (JSON.parse(new TextDecoder().decode(bytes)) as { version?: unknown; entries?: unknown } | null)
    if (found?.version !== 1 || !Array.isArray(found.entries)) return new Map()
    return new Map(found.entries.filter(isEntry).map((entry) => [entry.alert.id, entry]))
  } catch {
    return new Map()
  }
}

function isEntry(value: unknown): value is AlertEntry {
  if (!isRecord(value) || !isRecord(value['alert'])) return false
  const { alert, told } = value
  const texts = ['id', 'title', 'message', 'action'].map((name) => alert[name])
  return (
    texts.every((text) => typeof text === 'string') &&
    isSeverity(alert['severity']) &&
    [alert['since'], value['firstSeen'], value['notBefore'], value['calmMs'], value['goneSince'] ?? 0].every(Number.isFinite) &&
    typeof value['folded'] === 'boolean' &&
    (told === undefined || (isRecord(told) && isSeverity(told['severity']) && Number.isFinite(told['at'])))
  )
}

function isSeverity(value: unknown): boolean {
  return value === 'warning' || value === 'critical'
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
