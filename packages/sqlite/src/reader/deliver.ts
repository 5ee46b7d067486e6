import type { DeliverRequest, Delivered, Report } from '../host/protocol.ts'
import { filesBeside } from './beside.ts'
import { settleFile, takePlace } from './file-swap.ts'
import { lookAt } from './place.ts'
import { refuse } from './refusal.ts'
import { assertSound, openRestored } from './restored.ts'
import { vacate } from './vacate.ts'

/** Makes the restored file the one at `path`. */
export async function deliver(request: DeliverRequest, tell: (report: Report) => void): Promise<Delivered> {
  const { restored, path, overwrite, check } = request
  settleFile(restored)
  if (check !== 'none') {
    const connection = await openRestored(request, restored)
    try {
      assertSound('What was restored', connection, check, tell)
    } finally {
      connection.close()
    }
  }
  const old = lookAt(path)
  const [inTheWay] = old ? [path] : filesBeside(path)
  if (inTheWay !== undefined && !overwrite) throw refuse('exists', `${inTheWay} is already there.`)
  await vacate(request)
  takePlace(restored, path, old)
  return { requiresRestart: old !== undefined }
}
