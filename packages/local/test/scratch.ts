import type { ListedObject } from '@backup/core'
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder for one test; remove it with `clear`. */
export interface Scratch {
  readonly folder: string
  /** A path in it that is not there yet. */
  readonly root: string
  clear(): Promise<void>
}

export async function scratch(): Promise<Scratch> {
  const folder = await mkdtemp(join(tmpdir(), 'backup-local-'))
  return { folder, root: join(folder, 'target'), clear: () => rm(folder, { recursive: true, force: true }) }
}

/** The key that a pack of these bytes has. */
export function packKey(bytes: Uint8Array): string {
  const hash = sha256(bytes)
  return `packs/${hash.slice(0, 2)}/${hash}`
}

export async function all(objects: AsyncIterable<ListedObject>): Promise<ListedObject[]> {
  const found: ListedObject[] = []
  for await (const object of objects) found.push(object)
  return found
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
