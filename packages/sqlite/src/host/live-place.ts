import { lstat, readlink, realpath, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { besides } from '../reader/beside.ts'

/**
 * Whether a file at `place` is, or would be, the database or one of the files that SQLite keeps beside it, whatever it is called: links,
 * also hard ones and such as lead nowhere. Opens nothing.
 */
export async function isLivePlace(database: string, place: string): Promise<boolean> {
  const live = await realPlace(database)
  const wanted = await realPlace(place)
  if ([live, ...besides.map((suffix) => live + suffix)].includes(wanted)) return true
  const [here, there] = await Promise.all([live, wanted].map((path) => stat(path, { bigint: true }).catch(() => undefined)))
  return here !== undefined && there !== undefined && here.dev === there.dev && here.ino === there.ino
}

/** Takes away a database that is nobody's but ours. */
export async function discardDatabase(path: string): Promise<void> {
  for (const suffix of [...besides, '']) await rm(path + suffix, { force: true })
}

/** Where the bytes are or would be. As many links as a system follows. */
async function realPlace(path: string, links = 40): Promise<string> {
  const found = await realpath(path).catch(() => undefined)
  if (found !== undefined) return found
  const here = join(await realpath(dirname(path)).catch(() => dirname(path)), basename(path))
  const isLink = await lstat(here).then((facts) => facts.isSymbolicLink(), () => false)
  return isLink && links > 0 ? realPlace(resolve(dirname(here), await readlink(here)), links - 1) : here
}
