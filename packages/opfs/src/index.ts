export { directoryHandle, type DirectoryHandleOptions } from './directory-handle.ts'
export type { DirectoryHandle, FileHandle } from './handles.ts'
export { opfs, type OpfsOptions, type OpfsPlace } from './opfs.ts'
