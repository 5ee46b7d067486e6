/**
 * What somebody may do.
 *
 * | action | allows |
 * | --- | --- |
 * | `read` | see everything but the data itself: snapshots, names of files, health, schedule, audit trail |
 * | `run` | start and cancel backups, checks and drills |
 * | `restore` | bring data back, and read what is in a snapshot |
 * | `delete` | remove snapshots and bring them back, apply retention, reclaim space, release holds |
 * | `configure` | set up the repository, pause and resume the schedule, connect and disconnect accounts, put snapshots under hold |
 */
export type Action = 'read' | 'run' | 'restore' | 'delete' | 'configure'

/** Actions under one name: see {@link rolesOf}. */
export type Role = 'viewer' | 'operator' | 'restorer' | 'owner'

/** Who asks, and what this one may do. */
export interface SessionJson {
  readonly actor: string
  readonly can: readonly Action[]
  /** Of the source: what is backed up. */
  readonly label: string
  /** Whether tables of snapshots can be looked into, and whether rows can be brought back. */
  readonly tables: 'none' | 'look' | 'bring-back'
  /** Whether there are places beside the live one that a restore may go to. */
  readonly places: boolean
}
