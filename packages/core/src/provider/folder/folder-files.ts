import type { Usage } from '../../contract/provider.ts'
import type { BackupError } from '../../errors.ts'

/**
 * What {@link folderProvider} needs of a file system: that of a browser, of Tauri, of a phone. Paths are relative to the folder, with
 * `/` between the names; `''` is the folder itself. What a method throws goes through `explain`.
 */
export interface FolderFiles {
  /** Is the folder there? With `create` it is made when it is not. */
  reach(create: boolean): Promise<boolean>
  /** Names of all that is in a folder; nothing when there is no such folder. */
  names(folder: string): Promise<readonly string[] | undefined>
  /** A file as it is now; nothing when there is none, or something else. */
  file(path: string): Promise<FolderFile | undefined>
  /**
   * Writes a whole new file, and makes the folders on the way. It is as safe from a power cut as the system lets it be when this resolves.
   *
   * @param step to be called after each piece with the bytes written so far; what it throws ends the write
   */
  write(path: string, body: Uint8Array, step: (written: number) => void): Promise<void>
  /**
   * Gives a file another path, and makes the folders on the way. Nobody ever sees a part of it there. Nothing was there a moment ago, and
   * whoever runs within `alone` puts nothing there meanwhile.
   */
  rename(from: string, to: string): Promise<void>
  /** Removes a file. One that is not there is removed already. */
  remove(path: string): Promise<void>
  /** Runs the work while nobody else who can be asked to wait does any on the same path. [while nothing of this provider does] */
  alone?<T>(path: string, work: () => Promise<T>): Promise<T>
  /** Space used and free; absent where the system does not tell. */
  usage?(): Promise<Usage>
  /** Says what an error of the file system means; `doing` completes "Cannot …". */
  explain(error: unknown, doing: string, key: string): BackupError
}

export interface FolderFile {
  readonly size: number
  readonly modifiedAt?: Date
  /** Fewer bytes only where the file ends. They are the caller's. */
  read(offset: number, length: number): Promise<Uint8Array>
}
