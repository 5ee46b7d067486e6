import { checkKey, checkPrefix, type BackupProvider, type ProviderCapabilities } from '@backup/core'
import { nodeRuntime } from '@backup/core/node'
import { bucketPlace } from './bucket.ts'
import { conditionalPuts } from './conditional-puts.ts'
import { connection } from './connection.ts'
import { readObject } from './get.ts'
import { abortLeftovers } from './leftovers.ts'
import { listObjects } from './list.ts'
import { checkOptions, type S3Options } from './options.ts'
import { storeObject } from './put.ts'
import { headObject } from './stat.ts'

/**
 * One connection carries a few ten megabytes a second, and a request travels for a few ten milliseconds: in
 * that time a megabyte would have come.
 */
const capabilities: Partial<ProviderCapabilities> = {
  concurrency: 6,
  serverHash: 'md5',
  coalesceBytes: 1024 * 1024,
}

/**
 * Keeps backups in a bucket: AWS S3, Ceph, MinIO, R2, B2, Wasabi and others that speak like them.
 *
 * Nothing is loaded or sent before the first call. `init()` creates a bucket that is missing, if the account
 * may do that; afterwards a missing bucket is `target-missing`.
 *
 * @throws `config` naming the option that is wrong.
 *
 * @example
 * ```ts
 * s3({ bucket: 'shop-backups', region: 'eu-central-1', storageClass: 'STANDARD_IA' })
 * s3({
 *   bucket: 'backups',
 *   prefix: 'shop',
 *   endpoint: 'https://s3.example.org',
 *   credentials: { accessKeyId: 'GK31…', secretAccessKey: process.env.S3_SECRET ?? '' },
 * })
 * ```
 */
export function s3(options: S3Options): BackupProvider {
  const settings = checkOptions(options)
  const { location, prefix, budgetBytes } = settings
  const bucket = connection(settings)
  const place = bucketPlace(bucket)
  const conditional = conditionalPuts(bucket)

  return {
    contract: 1,
    name: 's3',
    location,
    capabilities,
    runtime: nodeRuntime,

    async open({ create = false, signal }) {
      await place.open(create, signal)
      if (!create) return
      await conditional.areHonoured(signal)
      await abortLeftovers(bucket, signal)
    },

    async put(key, body, putOptions = {}) {
      checkKey(key, 's3')
      await storeObject(bucket, conditional, key, body, putOptions)
    },

    async get(key, getOptions = {}) {
      checkKey(key, 's3')
      const bytes = await readObject(bucket, key, getOptions)
      return bytes ?? place.lacks(key, getOptions.signal)
    },

    async stat(key, { signal } = {}) {
      checkKey(key, 's3')
      const found = await headObject(bucket, key, signal)
      if (found) return { size: found.size, ...(found.modifiedAt && { modifiedAt: found.modifiedAt }) }
      // The answer to HEAD is the same when the whole bucket is gone.
      await place.check(signal)
      return undefined
    },

    async *list(start, { signal } = {}) {
      checkPrefix(start, 's3')
      yield* listObjects(bucket, start, signal)
    },

    async delete(key, { signal } = {}) {
      checkKey(key, 's3')
      await bucket.send({ doing: `delete ${key}`, key, signal }, async (client, sending) => {
        await client
          .deleteObject({ Bucket: settings.bucket, Key: `${prefix}${key}` }, sending)
          .catch(absentIsFine)
      })
    },

    async usage({ signal } = {}) {
      if (budgetBytes === undefined) return {}
      let usedBytes = 0
      for await (const { size } of listObjects(bucket, '', signal)) usedBytes += size
      return { usedBytes, freeBytes: Math.max(0, budgetBytes - usedBytes), totalBytes: budgetBytes }
    },

    close: () => bucket.close(),
  }
}

/** Most servers call it a success; some say that there was nothing. */
function absentIsFine(error: unknown): void {
  if ((error as { name?: unknown }).name !== 'NoSuchKey') throw error
}
