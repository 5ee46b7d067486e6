import type { BackupProvider } from '../contract/provider.ts'
import type { Runtime } from '../contract/runtime.ts'
import type { BackupConfig } from '../config.ts'
import { BackupError } from '../errors.ts'
import { createMemoryState } from '../portable/runtime.ts'
import { joinProviders } from '../replicate/join.ts'
import type { TellReplication } from '../replicate/replica-events.ts'
import type { ReplicatedProvider } from '../replicate/replicated.ts'

/** Several providers as one. What they lack is remembered in local state. */
export async function joinAll(
  config: BackupConfig,
  runtime: Runtime,
  providers: readonly BackupProvider[],
  tell: TellReplication,
  warn: (message: string, hint: string) => void,
): Promise<ReplicatedProvider> {
  const state = await runtime.openState('outbox', config.state).catch((error: unknown) => {
    if (config.state !== undefined || !BackupError.is(error)) throw error
    return createMemoryState()
  })
  const { copies, outboxBytes = 2 ** 30, clock = (): Date => new Date() } = config
  const required = copies?.required ?? 1
  return joinProviders(providers, { required, outboxBytes, state, crypto: runtime.crypto, warn, tell, clock })
}
