export { type OpenSnapshotOptions, type SnapshotDatabase, openSnapshot } from './open-snapshot.ts'
export type { Row, SqlValue } from './row.ts'
export type { ColumnInfo, TableInfo } from './tables.ts'
export type { WasmPlace } from './wasm.ts'
