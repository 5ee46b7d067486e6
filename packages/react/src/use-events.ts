import type { LogEntryJson } from '@backup/client'
import { useBackupClient } from './provider.tsx'
import { type Fetched, nothing, useFetched } from './use-store.ts'

/** What happened lately, newest first, in words for people. */
export function useEvents(): Fetched<readonly LogEntryJson[]> {
  return useFetched(useBackupClient().log, nothing)
}
