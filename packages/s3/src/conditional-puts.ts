import { randomUUID } from 'node:crypto'
import type { Connection } from './connection.ts'
import { codeOf, statusOf } from './s3-error.ts'
import { together } from './together.ts'

/** Does this bucket honour `If-None-Match: *` on a put: store this only if there is nothing? */
export interface ConditionalPuts {
  /** Asks once, by trying; everybody who wants to know meanwhile waits for the same answer. */
  areHonoured(signal: AbortSignal | undefined): Promise<boolean>
}

/** Answers that say: such a header is not known here. */
const notKnown = new Set(['NotImplemented', 'MethodNotAllowed', 'InvalidArgument', 'InvalidRequest'])
const cleanUpMs = 10_000

export function conditionalPuts(connection: Connection): ConditionalPuts {
  const ask = together('storing', (signal) => probe(connection, signal))
  // AWS documents it, and its accounts pay for each request.
  let answer = connection.settings.isAws ? true : undefined

  return {
    async areHonoured(signal) {
      answer ??= await ask(signal)
      return answer
    },
  }
}

/**
 * Some servers refuse the header, others silently pass over it. So the same name is put twice: only a server
 * that refuses the second one can be relied on. A name of its own for each probe, so that two clients do not
 * mislead each other.
 */
async function probe(connection: Connection, signal: AbortSignal | undefined): Promise<boolean> {
  const { bucket, prefix } = connection.settings
  const probed = { Bucket: bucket, Key: `${prefix}.backup-probe-${randomUUID()}` }
  const putIfAbsent = (): Promise<'stored' | 'refused' | 'not known'> =>
    connection.send({ doing: `try the bucket ${bucket}`, key: bucket, signal }, async (client, sending) => {
      try {
        await client.putObject({ ...probed, Body: Buffer.alloc(0), IfNoneMatch: '*' }, sending)
        return 'stored'
      } catch (error) {
        if (statusOf(error) === 412) return 'refused'
        if (statusOf(error) === 501 || notKnown.has(codeOf(error))) return 'not known'
        throw error
      }
    })

  if ((await putIfAbsent()) !== 'stored') return false
  try {
    return (await putIfAbsent()) === 'refused'
  } finally {
    // Also after the caller cancelled. A key without the right to delete leaves an empty object that no
    // listing shows; that is no reason to fail.
    const request = { doing: `clean up in ${bucket}`, key: bucket, signal: AbortSignal.timeout(cleanUpMs) }
    await connection.send(request, (client, sending) => client.deleteObject(probed, sending)).catch(() => {})
  }
}
