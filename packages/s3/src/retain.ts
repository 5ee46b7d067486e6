import { BackupError } from '@backup/core'
import type { Connection } from './connection.ts'
import { noLock } from './meanings.ts'
import { codeOf, statusOf } from './s3-error.ts'
import { headObject, type StoredObject } from './stat.ts'

/**
 * Extends the lock of an object, and never shortens one.
 *
 * @returns whether there is such an object
 */
export async function retainObject(
  connection: Connection,
  key: string,
  until: Date,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (!(until instanceof Date) || Number.isNaN(until.getTime())) throw noTime(key)
  // Servers keep whole seconds, and never a shorter time than was asked for.
  const wanted = new Date(Math.ceil(until.getTime() / 1000) * 1000)
  const found = await headObject(connection, key, signal)
  if (!found) return false
  if (isHeld(found, wanted)) return true
  try {
    await extend(connection, key, found.lock?.mode ?? connection.settings.objectLock?.mode, wanted, signal)
  } catch (error) {
    // Somebody else extended it further meanwhile: the server refuses to shorten that, which is as it should be.
    const now = BackupError.is(error, 'auth') ? await headObject(connection, key, signal) : undefined
    if (!now || !isHeld(now, wanted)) throw error
  }
  return true
}

function isHeld({ lock }: StoredObject, wanted: Date): boolean {
  return wanted.getTime() <= Math.max(Date.now(), lock?.until.getTime() ?? 0)
}

async function extend(
  connection: Connection,
  key: string,
  mode: string | undefined,
  until: Date,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { bucket, prefix } = connection.settings
  await connection.send({ doing: `extend the lock of ${key}`, key, signal }, async (client, sending) => {
    try {
      const Retention = { Mode: mode as 'GOVERNANCE', RetainUntilDate: until }
      await client.putObjectRetention({ Bucket: bucket, Key: `${prefix}${key}`, Retention }, sending)
    } catch (error) {
      // What S3 says of a bucket that keeps no versions.
      if (statusOf(error) !== 400 || codeOf(error) !== 'InvalidRequest') throw error
      const [kind, what, hint = ''] = noLock
      throw new BackupError(kind, `Cannot extend the lock of ${key}: ${what}.`, { plugin: 's3', key, hint })
    }
  })
}

function noTime(key: string): BackupError {
  return new BackupError('config', `${key} cannot be kept until a time that is none.`, { plugin: 's3', key })
}
