import { type BackupProvider, type CallOptions, capabilitiesOf } from '../contract/provider.ts'
import { sleep, systemTimers } from '../provider/timers.ts'

/**
 * In a store whose listings lag, what seems not to be there may only not be listed yet. Where that makes a difference, wait, and look
 * once more.
 *
 * @returns whether there is a reason to: `false` at once when listings show everything
 */
export async function waitedForListings(provider: BackupProvider, { signal }: CallOptions): Promise<boolean> {
  const { listLagMs } = capabilitiesOf(provider)
  if (listLagMs === 0) return false
  await sleep(systemTimers, listLagMs, signal, `waiting for the listings of ${provider.location}`)
  return true
}
