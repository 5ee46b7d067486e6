import { seededRandom } from '../../src/testing/seeded-random.ts'
import type { GoldenStream } from './golden-source.ts'

/** What goes into golden repositories: small, of every form, and made anew from nothing but this file. */

export type GoldenStreams = Readonly<Record<string, GoldenStream>>

/** Two snapshots that share most of what they have, with an empty stream and one of a single byte. */
export const shop: readonly GoldenStreams[] = [
  { 'invoices.csv': { bytes: invoices(9_000) }, logo: { bytes: noise(3_000, 1) }, empty: { bytes: new Uint8Array(0) } },
  { 'invoices.csv': { bytes: invoices(12_000) }, logo: { bytes: noise(3_000, 1) }, empty: { bytes: new Uint8Array(0) }, one: { bytes: Uint8Array.of(7) } },
]

/** A disk whose last page is not full, that changes, grows and shrinks. */
export const disk: readonly GoldenStreams[] = [10_000, 10_000, 14_500, 6_144].map((length, at) => ({
  disk: { bytes: edited(invoices(length), at), pageBytes: 1024 },
}))

/** The same pages changed again and again, for chains of deltas as long as they get; each step has a stream of its own beside them. */
export function chained(step: number, own: GoldenStreams = {}): GoldenStreams {
  const pages = invoices(12 * 512)
  const random = seededRandom(99)
  for (let edit = 0; edit < step; edit++) pages.set(random.bytes(6), 1024 + random.below(1500))
  return { pages: { bytes: pages, pageBytes: 512 }, ...own }
}

/** Text that no other stream has, for a codec to show what it can. */
export const chapter = (name: string): GoldenStreams => ({ [name]: { bytes: utf8(Array.from({ length: 90 }, (_, line) => `${name}: line ${line * line} of ${name}\n`).join('')) } })

/** Streams whose lists have several levels and which take next to no space, because they repeat themselves. */
export const large: GoldenStreams = {
  // 65,601 pages: a list of three levels.
  sparse: { bytes: sparse(65_601 * 512 - 100), pageBytes: 512 },
  // Some 1,400 chunks: a list of two levels.
  repeats: { bytes: repeated(invoices(50_000), 220) },
}

function invoices(length: number): Uint8Array {
  let lines = ''
  for (let line = 0; lines.length < length; line++) lines += `${line}\tInvoice ${line * 7919}\tpaid\t${(line * 31) % 977}.50\n`
  return utf8(lines.slice(0, length))
}

function edited(bytes: Uint8Array, edits: number): Uint8Array {
  const random = seededRandom(edits)
  for (let edit = 0; edit < edits; edit++) bytes.set(random.bytes(20), random.below(bytes.length - 20))
  return bytes
}

function sparse(length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  for (const [at, word] of ['beginning', 'middle', 'end'].entries()) bytes.set(utf8(word), Math.floor(((length - 20) * at) / 2))
  return bytes
}

function repeated(block: Uint8Array, times: number): Uint8Array {
  const bytes = new Uint8Array(block.length * times)
  for (let time = 0; time < times; time++) bytes.set(block, time * block.length)
  return bytes
}

function noise(length: number, seed: number): Uint8Array {
  return seededRandom(seed).bytes(length)
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
