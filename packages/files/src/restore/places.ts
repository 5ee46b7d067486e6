import { randomBytes } from 'node:crypto'
import { realpath } from 'node:fs/promises'
import { BackupError, type RestoreContext } from '@backup/core'
import { type Settings, absolute } from '../options.ts'
import { plugin } from '../problem.ts'

/** Where one tree goes, and where it is put together before. Both in the same folder, hence on the same file system. */
export interface Place {
  /** The root that goes there; absent when all of them go into one folder. */
  readonly root?: string
  readonly final: string
  readonly staged: string
}

/** A folder of the caller's choice for everything, or for each root the place that it was backed up from. */
export async function placesOf({ roots }: Settings, { to }: Pick<RestoreContext, 'to'>): Promise<Place[]> {
  const mark = `${process.pid}-${randomBytes(4).toString('hex')}`
  const placed = (final: string): Pick<Place, 'final' | 'staged'> => ({ final, staged: `${final}.partial-${mark}` })
  if (to !== undefined) return [placed(absolute('to', to))]
  // Through a link to the tree, as the backup went.
  return Promise.all([...roots].map(async ([root, path]) => ({ root, ...placed(await realpath(path).catch(() => path)) })))
}

/** The absolute path of an entry, once it is in its place or while it is still put together. */
export function pathIn(places: readonly Place[], roots: readonly string[], stage: 'final' | 'staged'): (path: string) => string {
  const [first] = places
  if (first?.root === undefined) return (path) => (path === '.' ? first![stage] : `${first![stage]}/${path}`)
  const byRoot = new Map(places.map((place) => [place.root, place[stage]]))
  const missing = roots.find((root) => !byRoot.has(root))
  if (missing !== undefined) {
    const what = missing === '' ? 'a single tree' : `a tree "${missing}"`
    throw new BackupError('config', `The snapshot has ${what}, for which there is no place.`, { plugin, hint: 'Set "to", or name the root in files().' })
  }
  if (byRoot.has('')) return (path) => (path === '.' ? byRoot.get('')! : `${byRoot.get('')!}/${path}`)
  return (path) => {
    const slash = path.indexOf('/')
    return slash < 0 ? byRoot.get(path)! : byRoot.get(path.slice(0, slash))! + path.slice(slash)
  }
}
