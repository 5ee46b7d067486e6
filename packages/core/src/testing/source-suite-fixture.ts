import type { BackupSource } from '../contract/source.ts'

/** One source under test, with its data and the places around it. */
export interface SourceFixture {
  /** Has some data, of 100 KB or so: enough that it comes in pieces. */
  readonly source: BackupSource
  /** Changes the data as its owner would, each time in another way. */
  change(): Promise<void> | void
  /** A place, in the source's own terms, where nothing is. Each time another one. */
  freshPlace(): Promise<string> | string
  /** What lies at a place, by stream, or nothing. */
  contents(place: string): Promise<Readonly<Record<string, Uint8Array>> | undefined>
  /** Names of all that lies about, near the data, the places and in `scratch`: what is given up may not add to it. */
  traces?(): Promise<readonly string[]>
  /** Handed to the source for its temporary files. */
  readonly scratch?: string
  /** How to read and write files, for a source that hands out files or has them filled. */
  readonly files?: SuiteFiles
  /** Clears everything away. */
  dispose?(): Promise<void>
}

export interface SuiteFiles {
  read(path: string, offset: number, length: number): Promise<Uint8Array>
  write(path: string, offset: number, bytes: Uint8Array): Promise<void>
}
