import type { BackupEvent, Operation } from '@backup/core'
import type { Topic } from '../wire/events.ts'

/** What is not as it was after a run that went well. */
const changedBy: Readonly<Record<Operation, readonly Topic[]>> = {
  backup: ['snapshots', 'health'],
  restore: ['snapshots', 'health', 'audit'],
  verify: ['snapshots', 'health'],
  scrub: ['snapshots', 'health'],
  drill: ['drills', 'snapshots', 'health', 'audit'],
  retain: ['snapshots', 'trash', 'health', 'audit'],
  collect: ['snapshots', 'trash', 'health', 'audit'],
  keys: ['settings', 'health', 'audit'],
  watch: [],
  replicate: [],
}

const changedWith: { readonly [Type in BackupEvent['type']]?: readonly Topic[] } = {
  'run-error': ['health'],
  'snapshot-suspect': ['snapshots', 'health'],
  'alert-raised': ['health'],
  'alert-cleared': ['health'],
  'provider-away': ['providers', 'health'],
  'provider-back': ['providers', 'health'],
  'copies-missing': ['providers', 'snapshots'],
  'copies-complete': ['providers', 'snapshots', 'health'],
  'copy-healed': ['providers', 'snapshots'],
}

/** What somebody who shows it has to fetch again after this. */
export function topicsOf(event: BackupEvent): readonly Topic[] {
  return event.type === 'run-end' ? changedBy[event.operation] : (changedWith[event.type] ?? [])
}
