import {
  BackupError,
  checkKey,
  checkPrefix,
  throwIfAborted,
  type BackupProvider,
  type ProviderCapabilities,
  type Usage,
} from '@backup/core'
import { nodeRuntime } from '@backup/core/node'
import type { drive_v3 } from '@googleapis/drive'
import { connection, type Connection } from './connection.ts'
import { contentOf } from './drive-error.ts'
import { readObject } from './get.ts'
import { keyed } from './keyed.ts'
import { listedAs, listObjects } from './list.ts'
import { checkOptions, type GdriveOptions } from './options.ts'
import { findCopies, place as placeOf } from './place.ts'
import { storeObject } from './put.ts'
import { removeObject } from './remove.ts'

/**
 * A download costs as much of what Google allows as two lists, so ranges that are near each other are fetched
 * as one. Minutes of lag were reported for searches by name; lists by parent, the only ones that are made
 * here, are ahead of them.
 */
const capabilities: Partial<ProviderCapabilities> = {
  concurrency: 4,
  listLagMs: 60_000,
  serverHash: 'sha256',
  coalesceBytes: 4 * 1024 * 1024,
}

/**
 * Keeps backups in Google Drive: a folder of My Drive, or of a shared drive. Several accounts are several
 * providers.
 *
 * Nothing is loaded or sent before the first call. `init()` creates the folder; afterwards a missing folder
 * is `target-missing`.
 *
 * @throws `config` naming the option that is wrong.
 *
 * @example
 * ```ts
 * gdrive({ auth: tokens, account: 'owner@example.com', folder: 'Backups/iron-store' })
 * gdrive({ auth: serviceAccount({ clientEmail, privateKey }), sharedDrive: '0AFz…', folder: 'iron-store' })
 * ```
 */
export function gdrive(options: GdriveOptions): BackupProvider {
  const settings = checkOptions(options)
  const { location, sharedDrive } = settings
  const drive = connection(settings)
  const place = placeOf(drive)
  const oneAtATime = keyed()

  const lacks = (key: string): BackupError =>
    new BackupError('not-found', `There is no object ${key} in ${location}.`, {
      plugin: 'gdrive',
      key,
      hint: 'With the scope drive.file, only the client id that stored an object sees it: check client id and account.',
    })

  return {
    contract: 1,
    name: 'gdrive',
    location,
    capabilities,
    runtime: nodeRuntime,

    async open({ create = false, journal, signal }) {
      await place.folders.open(create, signal)
      await place.useJournal(journal, signal)
    },

    async put(key, body, putOptions = {}) {
      checkKey(key, 'gdrive')
      // Two at once would not see each other, and make two files.
      await oneAtATime(key, putOptions.signal, () => storeObject(place, key, body, putOptions))
    },

    async get(key, getOptions = {}) {
      checkKey(key, 'gdrive')
      const bytes = await readObject(place, key, getOptions)
      if (!bytes) throw lacks(key)
      return bytes
    },

    async stat(key, { signal } = {}) {
      checkKey(key, 'gdrive')
      throwIfAborted(signal, `looking at ${key}`)
      const [copy] = await findCopies(place, key, { doing: `look at ${key}`, key, signal })
      if (!copy) return undefined
      const { key: _, ...info } = listedAs(key, copy)
      return info
    },

    async *list(start, { signal } = {}) {
      checkPrefix(start, 'gdrive')
      throwIfAborted(signal, 'listing')
      yield* listObjects(place, start, signal)
    },

    async delete(key, { signal } = {}) {
      checkKey(key, 'gdrive')
      await oneAtATime(key, signal, () => removeObject(place, key, signal))
    },

    // A shared drive has no quota of its own that could be asked for.
    usage: ({ signal } = {}) => (sharedDrive === undefined ? usageOf(drive, signal) : Promise.resolve({})),

    close: () => drive.close(),
  }
}

/** Numbers come as texts, and without a limit there is none in the answer. */
async function usageOf({ call, settings }: Connection, signal: AbortSignal | undefined): Promise<Usage> {
  const request = { doing: 'ask for the storage that is left', key: settings.location, signal }
  const reply = await call(request, (drive, sending) => drive.about.get({ fields: 'storageQuota' }, sending))
  const { storageQuota } = contentOf<drive_v3.Schema$About>(reply, request, settings.now())
  const usedBytes = wholeNumber(storageQuota?.usage)
  const totalBytes = wholeNumber(storageQuota?.limit)
  return {
    ...(usedBytes !== undefined && { usedBytes }),
    ...(totalBytes !== undefined && { totalBytes }),
    ...(usedBytes !== undefined &&
      totalBytes !== undefined && { freeBytes: Math.max(0, totalBytes - usedBytes) }),
  }
}

function wholeNumber(text: unknown): number | undefined {
  return typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
