export { type SqlDatabase } from './database.ts'
export { tauriFolder, type TauriFolderOptions, type TauriPlace } from './folder.ts'
export { tauriSqlite, type TauriSqliteOptions } from './sqlite.ts'
