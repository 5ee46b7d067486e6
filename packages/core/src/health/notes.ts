import type { Runtime, StateStore } from '../contract/runtime.ts'
import type { BackupConfig } from '../config.ts'
import { rememberedTargets } from '../connect/remembered-targets.ts'
import { hex, utf8 } from '../format/text.ts'
import { createMemoryState } from '../portable/runtime.ts'
import { historyItems } from './history.ts'

/** Where a backup's history and alerts are kept: in local state, under names of its own. */
export interface HealthNotes {
  readonly state: StateStore
  readonly runs: string
  readonly alerts: string
}

/**
 * Finds the notes of this backup: of this source, in this repository. Which one that is, local state remembers by its places, so
 * providers may come and go, and nothing has to work for it. What was noted before there was a repository is taken along.
 */
export function healthNotes(runtime: Runtime, config: BackupConfig): () => Promise<HealthNotes> {
  const { source, providers } = config
  const targets = rememberedTargets(runtime, config)
  const nameFor = (repository: string): string => hex(runtime.crypto.sha256(utf8(JSON.stringify([repository, source.name, source.label])))).slice(0, 24)
  const repositoryOf = async (): Promise<string> => {
    for (const provider of providers) {
      const known = await targets.recall(provider).catch(() => undefined)
      if (known !== undefined) return known
    }
    return ''
  }
  let opened: Promise<StateStore> | undefined
  let repository = ''
  return async () => {
    // Without a place for it, it lasts as long as the process.
    opened ??= runtime.openState('health', config.state).catch(createMemoryState)
    const state = await opened
    if (repository === '') {
      repository = await repositoryOf()
      if (repository !== '') await takeAlong(state, itemsFor(nameFor('')), itemsFor(nameFor(repository)))
    }
    const name = nameFor(repository)
    return { state, runs: runsFor(name), alerts: alertsFor(name) }
  }
}

const runsFor = (name: string): string => `runs-${name}`
const alertsFor = (name: string): string => `alerts-${name}`
const itemsFor = (name: string): readonly string[] => [alertsFor(name), ...historyItems(runsFor(name))]

async function takeAlong(state: StateStore, from: readonly string[], to: readonly string[]): Promise<void> {
  try {
    for (const [at, item] of from.entries()) {
      const bytes = await state.read(item)
      if (!bytes || (await state.read(to[at]!))) continue
      await state.write(to[at]!, bytes)
      await state.remove(item)
    }
  } catch {
    // A cache: the notes begin anew.
  }
}
