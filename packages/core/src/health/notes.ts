import type { Runtime, StateStore } from '../contract/runtime.ts'
import type { BackupConfig } from '../config.ts'
import { rememberedTargets } from '../connect/remembered-targets.ts'
import { hex, utf8 } from '../format/text.ts'
import { createMemoryState } from '../portable/runtime.ts'

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
      if (repository !== '') for (const kind of kinds) await takeAlong(state, `${kind}-${nameFor('')}`, `${kind}-${nameFor(repository)}`)
    }
    const name = nameFor(repository)
    return { state, runs: `runs-${name}`, alerts: `alerts-${name}` }
  }
}

const kinds = ['runs', 'alerts'] as const

async function takeAlong(state: StateStore, from: string, to: string): Promise<void> {
  try {
    const bytes = await state.read(from)
    if (!bytes || (await state.read(to))) return
    await state.write(to, bytes)
    await state.remove(from)
  } catch {
    // A cache: the notes begin anew.
  }
}
