/** What the page for browsers takes from the program; both are made of the same text. */

/** Nothing can be done at all. */
export class Stop extends Error {}
/** One object, or a part of it, cannot be used; everything that does not need it still can. */
export class Damage extends Error {}

export const ROLE: { readonly data: number }

export interface Stream {
  readonly name: string
  readonly size: number
}

export interface Snapshot {
  readonly id: string
  readonly time: string
  readonly kind: string
  readonly label: string
  readonly note: unknown
  readonly streams: readonly Stream[]
}

export interface Repository {
  readonly format: { readonly repository: string; readonly created?: unknown }
  readonly folder: { readonly objects: ReadonlyMap<string, readonly { readonly name: string }[]> }
  readonly commits: readonly unknown[]
  readonly snapshots: readonly Snapshot[]
  readonly faults: Set<string>
  readonly missing: string[]
}

/** A stretch of a stream, and the units in it in the order in which they are best read. */
export interface Window {
  readonly units: readonly { readonly id: string; readonly start: number }[]
  readonly start: number
  readonly end: number
}

export interface Secrets {
  readonly passphrase?: string
}

export function findRepository(root: string): Repository
export function secretsFrom(text: string): Secrets
export function unlock(repository: Repository, secrets: Secrets): void
export function loadTables(repository: Repository): void
export function measureStream(repository: Repository, stream: Stream): void
export function windowsOf(repository: Repository, stream: Stream, mostBytes?: number): Iterable<Window>
export function readUnit(repository: Repository, id: string, role: number): Uint8Array
export function safeName(name: string): string
export function shown(value: unknown): string
export function bytesText(bytes: number): string
