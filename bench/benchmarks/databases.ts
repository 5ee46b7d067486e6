import { copyFileSync, existsSync, mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { changeStore, createStore } from '@backup-internal/store'

/** The same store before and after a day of work, at rest. */
export interface Databases {
  initial: string
  /** 0.5 % of the rows updated anywhere, 1 % inserted. */
  changed: string
}

/** Makes the databases below `folder`, or takes those that an earlier run left there. */
export function makeDatabases(folder: string, bytes: number): Databases {
  mkdirSync(folder, { recursive: true })
  const initial = once(join(folder, `store-${bytes}.db`), (path) =>
    createStore(path, { bytes, journal: 'delete' }),
  )
  const changed = once(join(folder, `store-${bytes}-changed.db`), (path) => {
    copyFileSync(initial, path)
    changeStore(path, 'uniform')
  })
  return { initial, changed }
}

/** A file that has its name is whole. */
function once(path: string, make: (path: string) => unknown): string {
  if (existsSync(path)) return path
  const unfinished = `${path}.${process.pid}`
  make(unfinished)
  renameSync(unfinished, path)
  return path
}
