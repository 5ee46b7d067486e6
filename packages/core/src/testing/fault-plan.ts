import type { ErrorKind } from '../errors.ts'
import { seededRandom } from './seeded-random.ts'

/** The methods of a provider that can be made to fail. */
export type FaultyMethod = 'open' | 'put' | 'get' | 'stat' | 'list' | 'delete' | 'usage'

/** What goes wrong in one call. `on` waits for a call whose key starts so; `times` repeats. */
export type Fault = FaultKind & { readonly on?: string; readonly times?: number }

export type FaultKind =
  /** Nothing: lets a call through, to reach a later one. */
  | { readonly fault: 'pass' }
  /** The call fails before anything happened. */
  | { readonly fault: 'error'; readonly kind: ErrorKind; readonly retryAfterMs?: number }
  /** The call takes longer. */
  | { readonly fault: 'delay'; readonly ms: number }
  /** Nothing happens until the signal fires. */
  | { readonly fault: 'hang' }
  /** The same, for a provider that forgot its signal. */
  | { readonly fault: 'hang-for-ever' }
  /** put, delete: done, and then the answer is lost (`transient`). */
  | { readonly fault: 'lost-reply' }
  /** put: half of the body is stored under the key, then the connection breaks. [half] */
  | { readonly fault: 'torn'; readonly keptBytes?: number }
  /** get: the last byte is missing. stat: the size is one less. */
  | { readonly fault: 'short' }
  /** get: one bit is another. */
  | { readonly fault: 'flip' }
  /** list: the objects stored last through this provider are missing. [1] */
  | { readonly fault: 'stale'; readonly objects?: number }
  /** list: every object appears twice. */
  | { readonly fault: 'duplicate' }
  /** list: breaks off after so many objects (`transient`). [1] */
  | { readonly fault: 'cut'; readonly objects?: number }

/** For each method the faults of its calls, in order; calls beyond the last are left alone. */
export type FaultScript = { readonly [method in FaultyMethod]?: readonly Fault[] }

/** Each call fails with probability `rate`, with one of the faults given for its method. */
export interface RandomFaults {
  readonly seed: number
  readonly rate: number
  /** [every fault that a careful client survives by trying again] */
  readonly faults?: FaultScript
}

export type FaultPlan = FaultScript | RandomFaults

/** Decides what happens to each call, and remembers what is still to come. */
export interface FaultSource {
  take(method: FaultyMethod, key: string): Fault | undefined
  /** One line for each planned fault that has not happened. */
  unfired(): string[]
}

const everywhere = ['error', 'delay', 'hang', 'hang-for-ever', 'pass'] as const

const possible: Readonly<Record<FaultyMethod, readonly Fault['fault'][]>> = {
  open: everywhere,
  put: [...everywhere, 'lost-reply', 'torn'],
  get: [...everywhere, 'short', 'flip'],
  stat: [...everywhere, 'short'],
  list: [...everywhere, 'stale', 'duplicate', 'cut'],
  delete: [...everywhere, 'lost-reply'],
  usage: everywhere,
}

const transient: Fault = { fault: 'error', kind: 'transient' }

const survivable: FaultScript = {
  put: [transient, { fault: 'lost-reply' }],
  get: [transient],
  stat: [transient],
  list: [transient, { fault: 'cut' }],
  delete: [transient, { fault: 'lost-reply' }],
}

export function faultSource(plan: FaultPlan): FaultSource {
  return 'seed' in plan ? randomSource(plan) : scriptedSource(plan)
}

function scriptedSource(script: FaultScript): FaultSource {
  checkScript(script)
  const waiting = Object.entries(script).flatMap(([method, faults]) =>
    faults.map((fault) => ({ method, fault, left: fault.times ?? 1 })),
  )
  return {
    take(method, key) {
      const next = waiting.find(
        (entry) => entry.method === method && entry.left > 0 && key.startsWith(entry.fault.on ?? ''),
      )
      if (!next) return undefined
      next.left--
      return next.fault
    },
    unfired: () =>
      waiting
        .filter(({ left }) => left > 0)
        .map(
          ({ method, fault, left }) =>
            `${method}: ${JSON.stringify(fault)}, ${left} of ${fault.times ?? 1} to come`,
        ),
  }
}

function randomSource({ seed, rate, faults = survivable }: RandomFaults): FaultSource {
  checkScript(faults)
  const random = seededRandom(seed)
  let calls = 0
  let fired = 0
  return {
    take(method, key) {
      calls++
      const candidates = (faults[method] ?? []).filter(({ on = '' }) => key.startsWith(on))
      if (candidates.length === 0 || random.next() >= rate) return undefined
      fired++
      return candidates[random.below(candidates.length)]
    },
    unfired: () => (fired > 0 ? [] : [`seed ${seed}, rate ${rate}: no fault in ${calls} calls`]),
  }
}

function checkScript(script: FaultScript): void {
  for (const [method, faults] of Object.entries(script)) {
    const wrong = faults.find(({ fault }) => !possible[method as FaultyMethod]?.includes(fault))
    if (wrong) throw new Error(`Fault "${wrong.fault}" cannot happen to ${method}.`)
  }
}
