import type { World, WorldOptions } from '../world.ts'

/** Something that can go wrong, as core's README lists them. */
export interface Matter {
  /** Without the place that it is about. */
  readonly id: string
  readonly when: string
  readonly severity: 'warning' | 'critical'
  /** Of the mail, after the name of the source. */
  readonly subject: RegExp
  /** What the mail asks for. */
  readonly action: RegExp
  readonly options?: WorldOptions
  /** Nothing is backed up before it begins. */
  readonly isNew?: boolean
  /** Makes it so. */
  begins(world: World): unknown
  /** It is told when it has lasted so long. */
  readonly patienceMs?: number
  /** Mends it. */
  ends(world: World): unknown
  /** It is over when it has been gone for so long. */
  readonly calmMs?: number
}
