import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
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
export const freshState: () => Promise<string> = freshFolder

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
