import {
  SQLITE_CANTOPEN,
  SQLITE_IOCAP_IMMUTABLE,
  SQLITE_IOERR_READ,
  SQLITE_IOERR_SHORT_READ,
  SQLITE_NOTFOUND,
  SQLITE_OK,
  SQLITE_OPEN_READONLY,
  SQLITE_READONLY,
} from '@journeyapps/wa-sqlite'
import type { EngineModule } from './module.ts'

/** A database file, somewhere. */
export interface PageFile {
  readonly size: number
  read(offset: number, length: number, call?: { readonly signal?: AbortSignal }): Promise<Uint8Array>
}

export interface StreamFiles extends SQLiteVFS {
  /** What went wrong since this was asked last: SQLite itself only knows that something did. */
  failure(): unknown
}

/**
 * A file system for SQLite in which there are these files and no others, and nothing can be written. They never change, so nothing is locked,
 * and no journal is looked for; a database in WAL mode needs no log, because snapshots have it worked in.
 */
export function streamFiles(module: EngineModule, files: ReadonlyMap<string, PageFile>, signal: () => AbortSignal | undefined): StreamFiles {
  const handles = new Map<number, PageFile>()
  let failure: unknown
  const write32 = (pointer: number, value: number): void => new DataView(module.HEAPU8.buffer).setInt32(pointer, value, true)
  const refuse = (): number => SQLITE_READONLY

  return {
    name: 'snapshot',
    mxPathname: 64,
    failure() {
      const found = failure
      failure = undefined
      return found
    },
    close: () => {},
    isReady: () => true,
    hasAsyncMethod: (method) => method === 'xRead',
    xOpen(_vfs, name, handle, flags, outFlags) {
      const file = name === 0 ? undefined : files.get(module.UTF8ToString(name))
      if (!file) return SQLITE_CANTOPEN
      handles.set(handle, file)
      write32(outFlags, (flags & ~0x6) | SQLITE_OPEN_READONLY)
      return SQLITE_OK
    },
    xClose(handle) {
      handles.delete(handle)
      return SQLITE_OK
    },
    async xRead(handle, data, length, offsetLow, offsetHigh) {
      try {
        const offset = (offsetHigh >>> 0) * 2 ** 32 + (offsetLow >>> 0)
        const given = signal()
        const bytes = await handles.get(handle)!.read(offset, length, given ? { signal: given } : {})
        module.HEAPU8.set(bytes, data)
        if (bytes.length === length) return SQLITE_OK
        module.HEAPU8.fill(0, data + bytes.length, data + length)
        return SQLITE_IOERR_SHORT_READ
      } catch (error) {
        failure ??= error
        return SQLITE_IOERR_READ
      }
    },
    xFileSize(handle, size) {
      new DataView(module.HEAPU8.buffer).setBigInt64(size, BigInt(handles.get(handle)!.size), true)
      return SQLITE_OK
    },
    xFullPathname(_vfs, name, length, out) {
      const bytes = new TextEncoder().encode(`${module.UTF8ToString(name)}\0`)
      if (bytes.length > length) return SQLITE_CANTOPEN
      module.HEAPU8.set(bytes, out)
      return SQLITE_OK
    },
    xAccess(_vfs, _name, _flags, result) {
      write32(result, 0)
      return SQLITE_OK
    },
    xCheckReservedLock(_handle, result) {
      write32(result, 0)
      return SQLITE_OK
    },
    xGetLastError: () => SQLITE_OK,
    xDelete: refuse,
    xWrite: refuse,
    xTruncate: refuse,
    xSync: () => SQLITE_OK,
    xLock: () => SQLITE_OK,
    xUnlock: () => SQLITE_OK,
    xFileControl: () => SQLITE_NOTFOUND,
    xSectorSize: () => 4096,
    xDeviceCharacteristics: () => SQLITE_IOCAP_IMMUTABLE,
  }
}
