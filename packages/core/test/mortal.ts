import type { BackupProvider } from '../src/contract/provider.ts'
import type { Runtime, StateStore } from '../src/contract/runtime.ts'
import { BackupError } from '../src/errors.ts'
import { tapped } from './tapped.ts'

/** A process as others see it: what it does to a provider and to local state, until it dies. */
export interface Mortal {
  readonly provider: BackupProvider
  readonly runtime: Runtime
  /** Calls that reached the provider. */
  calls(): number
  died(): boolean
}

export interface Fate {
  /** The last call that reaches the provider. */
  readonly lastCall: number
  /** It dies before it hears what became of that call. */
  readonly lostReply: boolean
}

/** Once dead it can do whatever it likes: nothing reaches the provider or the state any more. */
export function mortal(inner: BackupProvider, runtime: Runtime, fate: Fate): Mortal {
  let calls = 0
  let dead = false
  const liveOrFail = (): void => {
    if (dead) throw new BackupError('permanent', 'The process is dead.')
  }
  const provider = tapped(inner, {
    before() {
      dead ||= calls >= fate.lastCall
      liveOrFail()
      calls++
    },
    after({ number }) {
      dead ||= fate.lostReply && number >= fate.lastCall
      liveOrFail()
    },
  })
  return {
    provider,
    runtime: { ...runtime, openState: async (...place) => mortalState(await runtime.openState(...place), liveOrFail) },
    calls: () => calls,
    died: () => dead,
  }
}

function mortalState(inner: StateStore, liveOrFail: () => void): StateStore {
  return {
    ...inner,
    async write(name, bytes) {
      liveOrFail()
      await inner.write(name, bytes)
    },
    async remove(name) {
      liveOrFail()
      await inner.remove(name)
    },
  }
}
