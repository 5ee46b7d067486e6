import type { Connection } from './connection.ts'
import { codeOf } from './s3-error.ts'
import { headObject } from './stat.ts'

/** So long it can be read then: a restore of many objects takes its time, and some thaw later than others. */
const readableDays = 7

/** Asks for an object of a cold class to be made readable; `undefined` when there is none. */
export async function warmObject(
  connection: Connection,
  key: string,
  signal: AbortSignal | undefined,
): Promise<'ready' | 'warming' | undefined> {
  const found = await headObject(connection, key, signal)
  if (!found) return undefined
  if (found.cold === undefined) return 'ready'
  if (found.cold !== 'frozen') return found.cold
  const { bucket, prefix } = connection.settings
  return connection.send({ doing: `warm ${key}`, key, signal }, async (client, sending) => {
    try {
      const answer = await client.restoreObject(
        {
          Bucket: bucket,
          Key: `${prefix}${key}`,
          RestoreRequest: {
            ...(!found.isTiered && { Days: readableDays }),
            GlacierJobParameters: { Tier: 'Standard' },
          },
        },
        sending,
      )
      // 200 says that there is a readable copy already, 202 that there will be one.
      return answer.$metadata.httpStatusCode === 200 ? 'ready' : 'warming'
    } catch (error) {
      if (codeOf(error) === 'RestoreAlreadyInProgress') return 'warming'
      throw error
    }
  })
}
