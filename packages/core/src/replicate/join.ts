import type { BackupProvider } from '../contract/provider.ts'
import type { Crypto, StateStore } from '../contract/runtime.ts'
import { hex, utf8 } from '../format/text.ts'
import { openOutbox } from './outbox.ts'
import { replica } from './replica.ts'
import type { TellReplication } from './replica-events.ts'
import { systemTimers } from '../provider/timers.ts'
import { type ReplicatedProvider, replicated } from './replicated.ts'

export interface JoinOptions {
  /** Copies that must be confirmed before something counts as stored. */
  readonly required: number
  /** Room for bodies that a provider lacks and nobody nearby has. */
  readonly outboxBytes: number
  readonly state: StateStore
  readonly crypto: Crypto
  readonly warn: (message: string, hint: string) => void
  readonly tell: TellReplication
  readonly clock: () => Date
}

/** Makes one provider of several that are patient already. */
export async function joinProviders(providers: readonly BackupProvider[], options: JoinOptions): Promise<ReplicatedProvider> {
  const { outboxBytes, state, crypto, tell } = options
  const timers = systemTimers
  const outbox = await openOutbox(state, outboxBytes)
  const replicas = providers.map((provider) =>
    replica({ provider, id: replicaId(crypto, provider.location), timers, tell }),
  )
  return replicated({ ...options, replicas, outbox, timers, waitsForRemovals: true })
}

/** The outbox outlives the process, and the order in which providers are named may change. */
function replicaId(crypto: Crypto, location: string): string {
  return hex(crypto.sha256(utf8(location))).slice(0, 16)
}
