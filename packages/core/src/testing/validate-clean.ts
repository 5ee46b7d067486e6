import { type BackupProvider, capabilitiesOf } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import { isKey } from '../provider/check-key.ts'
import { withRetry } from '../provider/with-retry.ts'

/**
 * Removes what is listed in a place, and what is known to have been put there: a listing may be late.
 *
 * @returns the keys that are still there, or an error in words; empty when the place is
 */
export async function clearPlace(make: () => BackupProvider, known: Iterable<string>): Promise<string[]> {
  let provider: BackupProvider | undefined
  try {
    provider = make()
    const patient = withRetry(provider, { attempts: 8, budgetMs: 120_000 })
    await patient.open({})
    // A key that breaks the rule was never stored.
    const keys = new Set([...known].filter(isKey))
    for await (const { key } of patient.list('')) keys.add(key)
    await inFours(keys, (key) => patient.delete(key))
    const left = new Set<string>()
    await inFours(keys, async (key) => {
      if (await patient.stat(key)) left.add(key)
    })
    const { listLagMs } = capabilitiesOf(provider)
    if (listLagMs === 0) for await (const { key } of patient.list('')) left.add(key)
    return [...left]
  } catch (error) {
    if (BackupError.is(error, 'target-missing')) return []
    return [`not cleared, because: ${error instanceof Error ? error.message : String(error)}`]
  } finally {
    await provider?.close?.().catch(() => {})
  }
}

async function inFours(keys: Iterable<string>, work: (key: string) => Promise<void>): Promise<void> {
  const queue = [...keys]
  const worker = async (): Promise<void> => {
    for (let key = queue.pop(); key !== undefined; key = queue.pop()) await work(key)
  }
  await Promise.all([worker(), worker(), worker(), worker()])
}
