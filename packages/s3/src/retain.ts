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
  if (!found.lock) await checkLocks(connection, signal)
  try {
    await extend(connection, key, found.lock?.mode ?? connection.settings.objectLock?.mode, wanted, signal)
  } catch (error) {
    // Somebody else extended it further meanwhile, and the server refuses to shorten that: as it should be.
    const now = BackupError.is(error, 'auth') ? await headObject(connection, key, signal) : undefined
    if (!now || !isHeld(now, wanted)) throw error
  }
  return true
}

/**
 * A server that knows no locks passes over what it is asked for, or takes it for the new content of the
 * object. So it has to say first that this bucket has them.
 *
 * @throws `config` when it has none
 */
export async function checkLocks(connection: Connection, signal: AbortSignal | undefined): Promise<void> {
  const { bucket } = connection.settings
  const request = { doing: `look for the locks of ${bucket}`, key: bucket, signal }
  await connection.send(request, async (client, sending) => {
    try {
      const answer = await client.getObjectLockConfiguration({ Bucket: bucket }, sending)
      if (answer.ObjectLockConfiguration?.ObjectLockEnabled !== 'Enabled') throw withoutLocks(bucket)
    } catch (error) {
      if (statusOf(error) === 501 || codeOf(error) === 'MethodNotAllowed') throw withoutLocks(bucket)
      throw error
    }
  })
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
      if (statusOf(error) === 400 && codeOf(error) === 'InvalidRequest') throw withoutLocks(bucket)
      throw error
    }
  })
}

function withoutLocks(bucket: string): BackupError {
  const [kind, what, hint = ''] = noLock
  return new BackupError(kind, `Cannot lock anything in ${bucket}: ${what}.`, {
    plugin: 's3',
    key: bucket,
    hint,
  })
}

function noTime(key: string): BackupError {
  return new BackupError('config', `${key} cannot be kept until a time that is none.`, { plugin: 's3', key })
}
