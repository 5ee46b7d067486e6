/**
 * The File System API as far as it is needed, in words of our own: a `FileSystemDirectoryHandle` fits, in programs that know the types
 * of the DOM and in those that do not. https://fs.spec.whatwg.org
 */
export interface DirectoryHandle {
  readonly kind: 'directory'
  readonly name: string
  keys(): AsyncIterable<string>
  getFileHandle(name: string, options?: { create?: boolean }): Promise<FileHandle>
  getDirectoryHandle(name: string, options?: { create?: boolean }): Promise<DirectoryHandle>
  removeEntry(name: string): Promise<void>
  /** Where the user picks folders: Chromium. */
  queryPermission?(descriptor: { mode?: 'read' | 'readwrite' }): Promise<string>
}

export interface FileHandle {
  readonly kind: 'file'
  getFile(): Promise<FileView>
  /** Not in Safari before 26. */
  createWritable?(): Promise<WritableFile>
  /** In workers, and in the private file system alone. */
  createSyncAccessHandle?(): Promise<SyncAccess>
  /** Not in the specification yet, and in every browser for the private file system. */
  move?(parent: DirectoryHandle, name: string): Promise<void>
}

interface FileView {
  readonly size: number
  readonly lastModified: number
  slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> }
}

interface WritableFile {
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>
  close(): Promise<void>
  abort(): Promise<void>
}

interface SyncAccess {
  write(bytes: Uint8Array<ArrayBuffer>, options: { at: number }): number
  flush(): void
  close(): void
}

/** What the browser offers for all of a site's files. */
export interface BrowserStorage {
  getDirectory(): Promise<DirectoryHandle>
  estimate?(): Promise<{ usage?: number; quota?: number }>
  /** Windows ask; workers can only look. */
  persist?(): Promise<boolean>
  persisted?(): Promise<boolean>
}

export interface BrowserLocks {
  request<T>(name: string, work: () => Promise<T>): Promise<T>
}

/** What of it is there; nothing on a page without an origin of its own, such as one opened from a disk. */
export function browser(): { readonly storage?: BrowserStorage; readonly locks?: BrowserLocks } {
  return (globalThis as { navigator?: { storage?: BrowserStorage; locks?: BrowserLocks } }).navigator ?? {}
}
