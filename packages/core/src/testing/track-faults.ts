import type { BackupProvider } from '../contract/provider.ts'
import type { FaultPlan } from './fault-plan.ts'
import { faultyProvider, type FaultyOptions, type FaultyProvider } from './faulty-provider.ts'

/**
 * Makes a `faultyProvider` that watches itself: after each test, the faults planned in it must have happened.
 *
 * @example
 * ```ts
 * import { afterEach } from 'vitest'
 *
 * const faulty = trackFaults({ afterEach })
 *
 * test('survives a lost answer', async () => {
 *   const provider = faulty(memoryProvider(), { put: [{ fault: 'lost-reply' }] })
 *   // …
 * })
 * ```
 */
export function trackFaults(api: {
  afterEach(check: () => void): unknown
}): (inner: BackupProvider, plan: FaultPlan, options?: FaultyOptions) => FaultyProvider {
  let made: FaultyProvider[] = []

  api.afterEach(() => {
    const done = made
    made = []
    for (const provider of done) provider.assertAllFired()
  })

  return (inner, plan, options) => {
    const provider = faultyProvider(inner, plan, options)
    made.push(provider)
    return provider
  }
}
