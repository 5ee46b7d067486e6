import { BackupError } from '@backup/core'
import type { Connection } from './connection.ts'
import { codeOf, s3Error, statusOf } from './s3-error.ts'

/** The bucket as a whole: is it there, and may it be used? */
export interface BucketPlace {
  /** @throws `target-missing` when it is not there and cannot or shall not be created */
  open(create: boolean, signal: AbortSignal | undefined): Promise<void>
  /** @throws `target-missing` when it is not there */
  check(signal: AbortSignal | undefined): Promise<void>
  /** @throws `not-found`, or `target-missing` when more than the object is missing */
  lacks(key: string, signal: AbortSignal | undefined): Promise<never>
}

/** What CreateBucket answers when somebody was faster, who is us. */
const alreadyOurs = 'BucketAlreadyOwnedByYou'
const notPermitted = new Set(['AccessDenied', 'MethodNotAllowed', 'NotImplemented', 'AllAccessDisabled'])

export function bucketPlace(connection: Connection): BucketPlace {
  const { bucket, region, objectLock, isAws, location, prefix } = connection.settings
  const doing = `open the bucket ${bucket}`
  const missing = (hint: string, cause?: unknown): BackupError =>
    new BackupError('target-missing', `There is no bucket ${bucket} at ${location}.`, {
      plugin: 's3',
      key: bucket,
      hint,
      ...(cause !== undefined && { cause }),
    })

  /** @returns whether it is there */
  const isThere = (signal: AbortSignal | undefined): Promise<boolean> =>
    connection.send({ doing, key: bucket, signal }, async (client, sending) => {
      try {
        await client.headBucket({ Bucket: bucket }, sending)
        return true
      } catch (error) {
        const status = statusOf(error)
        if (status === 404) return false
        if (status === undefined || status >= 500 || status === 429) throw error
        // Answers to HEAD say nothing of the reason, those to GET do.
        await client.listObjectsV2({ Bucket: bucket, Prefix: prefix, MaxKeys: 1 }, sending)
        return true
      }
    })

  const create = async (signal: AbortSignal | undefined): Promise<void> => {
    const elsewhere = isAws && region !== undefined && region !== 'us-east-1'
    await connection.send(
      { doing: `create the bucket ${bucket}`, key: bucket, signal },
      async (client, sending) => {
        try {
          await client.createBucket(
            {
              Bucket: bucket,
              ...(elsewhere && {
                CreateBucketConfiguration: { LocationConstraint: region as 'eu-central-1' },
              }),
              ...(objectLock && { ObjectLockEnabledForBucket: true }),
            },
            sending,
          )
        } catch (error) {
          if (codeOf(error) === alreadyOurs) return
          if (!notPermitted.has(codeOf(error))) throw error
          throw missing('Create the bucket: this access key may not.', s3Error(error, { doing, key: bucket }))
        }
      },
    )
  }

  const check: BucketPlace['check'] = async (signal) => {
    if (await isThere(signal)) return
    throw missing('Check "bucket", "region" and "endpoint"; the bucket is never created anew by itself.')
  }

  return {
    check,
    async open(mayCreate, signal) {
      if (!mayCreate) return check(signal)
      if (!(await isThere(signal))) await create(signal)
    },
    async lacks(key, signal) {
      await check(signal)
      throw new BackupError('not-found', `There is no object ${key} in ${location}.`, { plugin: 's3', key })
    },
  }
}
