import { readFileSync, writeFileSync } from 'node:fs'
import type { BackupSource, RestoreContext, RestoreSink, RestoredPlace } from '@backup/core'
import type { Snapshot } from './snapshots.ts'

export interface RestoreOptions {
  readonly to?: string
  readonly overwrite: boolean
  readonly signal?: AbortSignal
  readonly onWarning?: (message: string) => void
}

/** Restores a snapshot as an engine would: fills the file that the source asks for, then commits, or aborts. */
export async function restoreOf(source: BackupSource, snapshot: Snapshot, options: RestoreOptions): Promise<RestoredPlace> {
  const sink = await source.restore(contextOf(snapshot, options))
  try {
    await fill(sink, snapshot)
    return await sink.commit()
  } catch (error) {
    await sink.abort()
    throw error
  }
}

export function contextOf({ proof }: Snapshot, { to, overwrite, signal, onWarning }: RestoreOptions): RestoreContext {
  return {
    overwrite,
    proof,
    ...(to === undefined ? {} : { to }),
    ...(signal ? { signal } : {}),
    warn: (message) => onWarning?.(message),
  }
}

/** Returns the path of the file that was filled. */
export async function fill(sink: RestoreSink, snapshot: Snapshot): Promise<string> {
  const target = await sink.open({ name: 'database', size: Number(snapshot.proof.pageCount) * Number(snapshot.proof.pageBytes) })
  if (target.kind !== 'file') throw new Error(`unexpected target: ${target.kind}`)
  writeFileSync(target.path, readFileSync(snapshot.path))
  return target.path
}
