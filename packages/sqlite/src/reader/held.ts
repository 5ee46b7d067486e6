import { readdirSync, statSync } from 'node:fs'
import { lookAt } from './place.ts'

/**
 * The id of another process that has the file open, if one can be seen: on Linux, and among the processes
 * that this user may look at. A connection in a rollback mode holds no lock while it is idle, so locks alone
 * do not tell.
 */
export function holderOf(path: string): number | undefined {
  const identity = lookAt(path)?.identity
  if (identity === undefined || process.platform !== 'linux') return undefined
  const others = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
  const holder = others.find((id) => openFilesOf(id).includes(identity))
  return holder === undefined ? undefined : Number(holder)
}

function openFilesOf(id: string): string[] {
  const folder = `/proc/${id}/fd`
  return attempt(() => readdirSync(folder), []).map((name) =>
    attempt(() => identityOf(`${folder}/${name}`), ''),
  )
}

function identityOf(path: string): string {
  const { dev, ino } = statSync(path, { bigint: true })
  return `${dev}:${ino}`
}

/** Processes end and files are closed while one looks. */
function attempt<T>(act: () => T, otherwise: T): T {
  try {
    return act()
  } catch {
    return otherwise
  }
}
