import {
  checkKey,
  checkPrefix,
  type BackupProvider,
  type CallOptions,
  type ProviderCapabilities,
} from '@backup/core'
import { nodeRuntime } from '@backup/core/node'
import { bucketPlace } from './bucket.ts'
import { budget } from './budget.ts'
import { conditionalPuts } from './conditional-puts.ts'
import { connection } from './connection.ts'
import { readObject } from './get.ts'
import { abortLeftovers, abortNoted } from './leftovers.ts'
import { listObjects } from './list.ts'
import { checkOptions, type S3Options } from './options.ts'
import { storeObject } from './put.ts'
import { checkLocks, retainObject } from './retain.ts'
import { headObject } from './stat.ts'
import { uploadNotes } from './upload-notes.ts'
import { warmObject } from './warm.ts'

/**
 * One connection carries a few ten megabytes a second, and a request travels for a few ten milliseconds: in that time a megabyte
 * would have come. Each more would hold one more pack of 17 MB, and gained nothing where that was measured.
 */
const capabilities: Partial<ProviderCapabilities> = {
  concurrency: 3,
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
  const { location, prefix, budgetBytes, objectLock } = settings
  const bucket = connection(settings)
  const place = bucketPlace(bucket)
  const conditional = conditionalPuts(bucket)
  const notes = uploadNotes(location)
  const kept = budgetBytes === undefined ? undefined : budget(bucket, budgetBytes)
  const storing = { connection: bucket, conditional, notes, budget: kept }

  return {
    contract: 1,
    name: 's3',
    location,
    capabilities,
    runtime: nodeRuntime,

    async open({ create = false, journal, signal }) {
      if (journal) notes.keepIn(journal)
      await place.open(create, signal)
      if (create && objectLock) await checkLocks(bucket, signal)
      if (create) await conditional.areHonoured(signal)
      // Whoever keeps a journal is going to write, and may.
      if (create || journal) await abortLeftovers(bucket, notes, signal)
    },

    async put(key, body, putOptions = {}) {
      checkKey(key, 's3')
      await storeObject(storing, key, body, putOptions)
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
      kept?.removed()
    },

    async usage({ signal } = {}) {
      return kept?.usage(signal) ?? {}
    },

    ...(objectLock && {
      async retain(key: string, until: Date, { signal }: CallOptions = {}) {
        checkKey(key, 's3')
        if (!(await retainObject(bucket, key, until, signal))) await place.lacks(key, signal)
      },
    }),

    async warm(key, { signal } = {}) {
      checkKey(key, 's3')
      return (await warmObject(bucket, key, signal)) ?? place.lacks(key, signal)
    },

    async close() {
      // Nobody can go on with what only this process knows of.
      if (!notes.areKept()) await abortNoted(bucket, notes, 0)
      await bucket.close()
    },
  }
}

/** Most servers call it a success; some say that there was nothing. */
function absentIsFine(error: unknown): void {
  if ((error as { name?: unknown }).name !== 'NoSuchKey') throw error
}
