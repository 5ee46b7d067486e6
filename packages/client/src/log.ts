import type { LogEntryJson } from '@backup/http/wire'
import type { Call } from './call/call.ts'
import { type OwnResource, createResource } from './store/resource.ts'
import type { Uses } from './store/store.ts'

/** What happened lately, newest first, and at most so many. */
export interface Log {
  readonly entries: OwnResource<readonly LogEntryJson[]>
  see(entries: readonly LogEntryJson[]): void
}

export function createLog(call: Call, size: number, uses: Uses): Log {
  const merge = (fresh: readonly LogEntryJson[], known: readonly LogEntryJson[] = []): readonly LogEntryJson[] => {
    const all = new Map([...fresh, ...known].map((entry) => [entry.id, entry]))
    return [...all.values()].toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at)).slice(0, size)
  }
  const entries = createResource(async () => (await call('GET /events', { query: { limit: size } })).entries, { uses, merge })
  return { entries, see: (fresh) => entries.update((known) => merge(fresh, known)) }
}
