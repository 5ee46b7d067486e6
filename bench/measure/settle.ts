import { spawnSync } from 'node:child_process'

/**
 * Before every measured step: what was written earlier is on disk, and free memory is at hand.
 *
 * A virtual machine may get memory from its host only when it is first touched, at 0.4 GB/s where this was
 * measured, and give it back two seconds after it became free. A restore of 500 MB then took 0.8 s or 1.7 s,
 * depending on who had removed files just before. So some memory is touched and let go of, for both sides.
 */
export function settle(): void {
  spawnSync('sync')
  spawnSync(process.execPath, ['-e', `Buffer.allocUnsafeSlow(${TOUCHED_BYTES}).fill(1)`])
}

/** More than a step needs for the files it writes and for itself. */
const TOUCHED_BYTES = 2 ** 30
