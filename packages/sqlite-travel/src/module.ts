/** What is used of the WebAssembly module itself, besides the API around it. */
export interface EngineModule {
  /** Changes when the memory grows. */
  readonly HEAPU8: Uint8Array
  UTF8ToString(pointer: number): string
  _sqlite3_column_text(statement: number, column: number): number
  _sqlite3_column_bytes(statement: number, column: number): number
}
