import { refuse } from '../problem/refusal.ts'
import type { Services } from '../route/services.ts'

/** Here, and not as a failure of the job: the plan stays good, and only the override is missing. */
export async function refuseSuspect({ backup }: Services, id: string, signal: AbortSignal): Promise<void> {
  const findings = (await backup.snapshots({ signal })).find((one) => one.id === id)?.suspect
  if (findings) throw refuse('suspect', 'This snapshot is believed to be damaged, and does not go over the live data.', { key: id, findings })
}
