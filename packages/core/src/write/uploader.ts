import { type BackupProvider, capabilitiesOf } from '../contract/provider.ts'
import type { CommitPack } from '../format/commit.ts'
import { packKey } from '../format/names.ts'
import { putConfirmed } from '../repository/objects.ts'
import type { RunContext } from '../track/run.ts'
import type { Journal } from './journal.ts'

/** Sends packs, a few at a time. */
export interface Uploader {
  /** Waits until there is room for one more pack in memory. Rejects when an earlier upload failed. */
  room(): Promise<void>
  /**
   * Sends in the background; `finish` tells how it went.
   *
   * @param done called when nobody can still be reading the body
   */
  send(pack: CommitPack, body: Uint8Array, done: () => void): void
  /** Waits for everything that was sent. */
  finish(): Promise<void>
  /** Waits until nothing is under way, however it went. */
  settle(): Promise<void>
}

export function createUploader(provider: BackupProvider, journal: Journal, context: RunContext): Uploader {
  const { concurrency } = capabilitiesOf(provider)
  const underWay = new Set<Promise<void>>()
  let failure: { error: unknown } | undefined

  const upload = async (pack: CommitPack, body: Uint8Array, done: () => void): Promise<void> => {
    // Written down first: after a crash the next run asks the provider whether the pack arrived.
    await journal.note(pack)
    const key = packKey(pack.name)
    await putConfirmed(provider, key, body, pack.name, { signal: context.signal })
    context.meter.moved(body.length)
    context.emit({ type: 'pack-stored', key, sizeBytes: body.length, adopted: false })
    // An earlier attempt that was given up may still be reading.
    if (!context.retried.has(key)) done()
  }
  const settle = async (): Promise<void> => {
    while (underWay.size > 0) await Promise.race(underWay)
  }
  const check = (): void => {
    if (failure) throw failure.error
  }

  return {
    async room() {
      while (underWay.size >= concurrency && !failure) await Promise.race(underWay)
      check()
    },
    send(pack, body, done) {
      const sending = upload(pack, body, done)
        .catch((error: unknown) => {
          failure ??= { error }
        })
        .finally(() => underWay.delete(sending))
      underWay.add(sending)
    },
    async finish() {
      await settle()
      check()
    },
    settle,
  }
}
