import type { AccessToken } from './tokens.ts'
import { isFolder } from './query.ts'
import { myDrive, type Store, type StoredFile } from './store.ts'

/** Who asks, and what is visible to him. */
export interface Caller {
  readonly clientId: string
  /** `root` is the top of My Drive. */
  idOf(alias: string): string
  sees(file: StoredFile): boolean
  /** A file by its id, if it is visible here. In a shared drive, it has to be said that such are understood. */
  file(alias: string, query: URLSearchParams): StoredFile | undefined
  seesFolder(id: string, query: URLSearchParams): boolean
}

export function caller(store: Store, { clientId, scopes }: AccessToken): Caller {
  const seesAll = scopes.some((scope) => /\/auth\/drive(\.readonly)?$/.test(scope))
  const isRoot = (id: string): boolean => id === myDrive || store.sharedDrives.has(id)
  const self: Caller = {
    clientId,
    idOf: (alias) => (alias === 'root' ? myDrive : alias),
    sees: (file) => seesAll || file.clientId === clientId,

    file(alias, query) {
      const file = store.files.get(self.idOf(alias))
      if (!file || !self.sees(file)) return undefined
      return store.driveOf(file) === undefined || query.get('supportsAllDrives') === 'true' ? file : undefined
    },

    seesFolder(id, query) {
      if (store.sharedDrives.has(id)) return query.get('supportsAllDrives') === 'true'
      const file = isRoot(id) ? undefined : self.file(id, query)
      return isRoot(id) || (file !== undefined && isFolder(file))
    },
  }
  return self
}
