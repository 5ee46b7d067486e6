import { BackupError, isKey, throwIfAborted, type ListedObject } from '@backup/core'
import type { Connection } from './connection.ts'

/** Page after page. What is not named like an object of ours is passed over. */
export async function* listObjects(
  connection: Connection,
  start: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<ListedObject, void, undefined> {
  const { bucket, prefix } = connection.settings
  const request = { doing: `list ${start === '' ? bucket : start}`, key: start, signal }
  let token: string | undefined

  do {
    const page = await connection.send(request, (client, sending) =>
      client.listObjectsV2(
        {
          Bucket: bucket,
          Prefix: `${prefix}${start}`,
          ...(token !== undefined && { ContinuationToken: token }),
        },
        sending,
      ),
    )
    for (const { Key = '', Size = 0, LastModified } of page.Contents ?? []) {
      throwIfAborted(signal, 'listing')
      const key = Key.slice(prefix.length)
      // A server that does not know the parameter would list what lies beside.
      if (!Key.startsWith(`${prefix}${start}`) || !isKey(key)) continue
      yield { key, size: Size, ...(LastModified && { modifiedAt: LastModified }) }
    }
    if (page.IsTruncated && (page.NextContinuationToken ?? token) === token) throw endless(bucket)
    token = page.IsTruncated ? page.NextContinuationToken : undefined
  } while (token !== undefined)
}

function endless(bucket: string): BackupError {
  return new BackupError(
    'permanent',
    `The listing of ${bucket} says that more follows, and not where it goes on.`,
    {
      plugin: 's3',
      key: bucket,
      hint: 'The server does not understand ListObjectsV2; it cannot hold backups.',
    },
  )
}
