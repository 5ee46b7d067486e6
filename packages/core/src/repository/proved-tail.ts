import { BackupError } from '../errors.ts'
import type { SegmentRole } from '../format/descriptor.ts'
import { type TailContext, openTail, sealTail } from '../format/tail.ts'
import { equalBytes } from '../format/text.ts'

/** Seals a tail, opens it again and compares: what cannot be read back is never stored. */
export async function sealProvedTail(
  context: TailContext,
  header: Uint8Array,
  role: SegmentRole,
  payload: Uint8Array,
  dataLength: number,
): Promise<Uint8Array> {
  const end = await sealTail(context, header, role, payload, dataLength)
  if (equalBytes(await openTail(context, header, end, role), payload)) return end
  throw new BackupError('corrupt', 'A table of contents or record did not decode to what was encoded; it was not stored.', {
    hint: 'This points to faulty memory or a faulty codec. Test the memory of this machine, then run again.',
  })
}
