import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect } from 'vitest'
import { portableRuntime, type Runtime } from '../src/index.ts'
import { nodeRuntime } from '../src/node/index.ts'
import { seededRandom } from '../src/testing/index.ts'

const folders: string[] = []

afterAll(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

/** A folder that is gone after the tests of the file. */
export async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'backup-test-'))
  folders.push(folder)
  return folder
}

/** Local state of an installation that has never seen anything. */
export function freshState(): Promise<string> {
  return freshFolder()
}

/** The Node runtime with local state in memory, for tests that open hundreds of repositories. */
export const withoutFiles: Runtime = { ...nodeRuntime, openState: portableRuntime.openState }

let states = 0

/** The same as `freshState` for {@link withoutFiles}. */
export const freshMemoryState = (): string => `memory ${++states}`

/** Bytes that no codec makes smaller, the same for the same seed. */
export function noise(length: number, seed: number): Uint8Array {
  return seededRandom(seed).bytes(length)
}

/** Text that compresses like text. */
export function text(length: number): Uint8Array {
  let lines = ''
  for (let line = 0; lines.length < length; line++) lines += `${line}\tInvoice ${line * 7919}\tpaid\t${(line * 31) % 977}.50\n`
  return new TextEncoder().encode(lines.slice(0, length))
}

/** The same bytes, but for `count` places where others are. */
export function edited(bytes: Uint8Array, places: readonly number[], seed: number): Uint8Array {
  const random = seededRandom(seed)
  const copy = bytes.slice()
  for (const place of places) copy.set(random.bytes(Math.min(40, copy.length - place)), place)
  return copy
}

/** Compares streams by name and byte; what a matcher of vitest does element by element takes seconds for megabytes. */
export function expectStreams(found: ReadonlyMap<string, Uint8Array> | undefined, expected: Readonly<Record<string, Uint8Array>>): void {
  expect([...(found?.keys() ?? [])].sort()).toEqual(Object.keys(expected).sort())
  for (const [name, bytes] of Object.entries(expected)) expect(Buffer.compare(found!.get(name)!, bytes), `stream "${name}"`).toBe(0)
}
