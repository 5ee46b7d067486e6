import type { Cost } from '../measure/cost.ts'

/** A backup program in a measurement, ours or a peer. Each call is one run in a fresh process. */
interface Contender {
  /** Everything it keeps for later runs; its size counts. */
  readonly repository: string
  /** Makes an empty repository; not measured. */
  init(): Promise<void>
  /** Backs up its file. */
  backup(): Promise<Cost>
  /** Writes the newest snapshot to the path, where nothing is yet. */
  restore(to: string): Promise<Cost>
  /** Reads everything and checks it. */
  verify(): Promise<Cost>
}

/**
 * Makes a contender that backs up `file` and keeps what it needs below `folder`, which does not exist yet.
 */
export type ContenderFactory = (file: string, folder: string) => Contender

export interface Peer {
  readonly name: string
  readonly contender: ContenderFactory
  /** What is measured, with its version. Fails with what to install when it is not there. */
  version(): string
}
