import { BackupError } from '../src/errors.ts'
import { createMemoryState, portableRuntime } from '../src/portable/runtime.ts'
import { type FakeClock, fakeClock } from '../src/testing/fake-clock.ts'
import { memoryProvider } from '../src/testing/memory-provider.ts'
import type { ReplicaGroup } from '../src/replicate/group.ts'
import { openOutbox } from '../src/replicate/outbox.ts'
import { replica } from '../src/replicate/replica.ts'
import type { ReplicationNews } from '../src/replicate/replica-events.ts'

/** For tests: three replicas that are let in, on a clock that stands still. */
export async function groupOfThree(required: number): Promise<{ group: ReplicaGroup; clock: FakeClock; news: ReplicationNews[] }> {
  const clock = fakeClock()
  const news: ReplicationNews[] = []
  const tell = (each: ReplicationNews): void => void news.push(each)
  const replicas = ['a', 'b', 'c'].map((id) => replica({ provider: memoryProvider(), id, timers: clock, tell }))
  for (const each of replicas) {
    each.isAdmitted = true
    each.watch()
  }
  const group: ReplicaGroup = {
    replicas,
    required,
    outbox: await openOutbox(createMemoryState(), 0),
    crypto: portableRuntime.crypto,
    timers: clock,
    clock: clock.date,
    tell,
    closing: new AbortController().signal,
    damaged: new Map(),
    removed: new Set(),
    outOfReach: new Map(replicas.map((replica) => [replica, new Set()])),
    lifeMs: 5_000,
    deliver: () => {},
    caughtUp: async () => {},
    isUnderWay: () => false,
  }
  return { group, clock, news }
}

/** Answers after so many milliseconds; never, when it is `Infinity`. */
export function answerAfter<T>(clock: FakeClock, ms: number, value: T, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal?.addEventListener('abort', () => reject(new BackupError('cancelled', 'Cancelled.')), { once: true })
    if (ms < Infinity) clock.setTimeout(() => resolve(value), ms)
  })
}
