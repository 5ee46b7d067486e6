import { randomUUID } from 'node:crypto'
import type { Connection } from './connection.ts'
import { codeOf, statusOf } from './s3-error.ts'

/** Does this bucket honour `If-None-Match: *` on a put: store this only if there is nothing? */
export interface ConditionalPuts {
  /** Asks once, by trying; everybody who wants to know meanwhile waits for the same answer. */
  areHonoured(signal: AbortSignal | undefined): Promise<boolean>
}

/** Answers that say: such a header is not known here. */
const notKnown = new Set([400, 405, 501])

export function conditionalPuts(connection: Connection): ConditionalPuts {
  let answer: Promise<boolean> | undefined

  return {
    async areHonoured(signal) {
      // AWS documents it, and its accounts pay for each request.
      if (connection.settings.isAws) return true
      const asked = (answer ??= probe(connection, signal))
      try {
        return await asked
      } catch (error) {
        // No answer: the next put asks again.
        if (answer === asked) answer = undefined
        throw error
      }
    },
  }
}

/**
 * Some servers refuse the header, others silently pass over it. So the same name is put twice: only a server that refuses
 * the second one can be relied on. A name of its own for each probe, so that two clients do not mislead each other.
 */
async function probe(connection: Connection, signal: AbortSignal | undefined): Promise<boolean> {
  const { bucket, prefix } = connection.settings
  const probed = { Bucket: bucket, Key: `${prefix}.backup-probe-${randomUUID()}` }
  const putIfAbsent = (): Promise<'stored' | 'refused' | 'unknown'> =>
    connection.send({ doing: `try the bucket ${bucket}`, key: bucket, signal }, async (client, sending) => {
      try {
        await client.putObject({ ...probed, Body: Buffer.alloc(0), IfNoneMatch: '*' }, sending)
        return 'stored'
      } catch (error) {
        if (codeOf(error) === 'PreconditionFailed' || statusOf(error) === 412) return 'refused'
        if (codeOf(error) === 'NotImplemented' || isNotKnown(error)) return 'unknown'
        throw error
      }
    })

  if ((await putIfAbsent()) !== 'stored') return false
  try {
    return (await putIfAbsent()) === 'refused'
  } finally {
    // A key without the right to delete leaves an empty object that no listing shows; that is no reason to fail.
    await connection
      .send({ doing: `clean up in ${bucket}`, key: bucket, signal }, (client, sending) =>
        client.deleteObject(probed, sending),
      )
      .catch(() => {})
  }
}

function isNotKnown(error: unknown): boolean {
  const known = ['InvalidArgument', 'InvalidRequest', 'MethodNotAllowed', 'BadRequest', '400', '405', '501']
  return notKnown.has(statusOf(error) ?? 0) && (statusOf(error) === 501 || known.includes(codeOf(error)))
}
