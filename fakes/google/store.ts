import { createHash, randomBytes } from 'node:crypto'

export const folderType = 'application/vnd.google-apps.folder'

/** A file as the fake keeps it. Found by its id alone: names are not unique. */
export interface StoredFile {
  readonly id: string
  name: string
  parent: string
  readonly mimeType: string
  /** The client id that made it: with the scope drive.file no other one sees it. */
  readonly clientId: string
  readonly createdMs: number
  modifiedMs: number
  trashed: boolean
  bytes: Buffer
  md5: string
  sha256: string
  /** From when on listings show it. */
  listedFromMs: number
  /** Google has computed no SHA-256 of it. */
  withoutSha256?: boolean
  /** Google takes it for malware. */
  abusive?: boolean
}

/** What tests turn to make Drive behave as it does at times. */
export interface Behaviour {
  /** So long a listing by parent does not show what was made, and still shows what was removed. */
  listLagMs: number
  /** The same for searches by name, which lag more. */
  nameLagMs: number
  pageSize: number
  /** Listings say that they are not complete. */
  incomplete: boolean
  /** Bytes that fit; `undefined` for accounts without a limit. */
  limitBytes: number | undefined
  /** Bytes that may be uploaded in 24 hours. */
  uploadBytesPerDay: number
  /** What a minute allows: a read costs 5, an edit 50, a list 100, a download 200. */
  unitsPerMinute: number
  /** The next chunk of an upload is kept up to this length, and the rest of it is dropped. */
  keepAtMost: number
  /** The next answers to chunks have no `Range`, and nothing of them is kept. */
  dropChunks: number
  /** New files get no SHA-256. */
  withoutSha256: boolean
}

export interface Store {
  readonly now: () => number
  readonly behaviour: Behaviour
  readonly files: Map<string, StoredFile>
  /** Removed, and still listed until then. */
  readonly ghosts: Map<string, { readonly file: StoredFile; readonly untilMs: number }>
  /** Ids that were handed out and not used. */
  readonly freeIds: Set<string>
  /** Shared drives by id, with their names. */
  readonly sharedDrives: Map<string, string>
  /** Ids of files that changed, in order. */
  readonly changes: string[]
  /** The files and folders in a folder. */
  in(parent: string): StoredFile[]
  add(
    file: Pick<StoredFile, 'id' | 'name' | 'parent' | 'mimeType' | 'clientId'> & {
      bytes?: Buffer
      modifiedMs?: number
    },
  ): StoredFile
  /** Gives a file other bytes, as a new version of it. */
  rewrite(file: StoredFile, bytes: Buffer): void
  /** With all that is in it. */
  remove(id: string): void
  /** A file is in the trash when a folder above it is. */
  isTrashed(file: StoredFile): boolean
  /** The shared drive that a file is in, if it is in one. */
  driveOf(file: StoredFile): string | undefined
  usedBytes(): number
  newId(): string
}

export const myDrive = 'my-drive-root'

export function store(now: () => number): Store {
  const behaviour: Behaviour = {
    listLagMs: 0,
    nameLagMs: 0,
    pageSize: 1000,
    incomplete: false,
    limitBytes: 15 * 1024 ** 3,
    uploadBytesPerDay: 750 * 1000 ** 3,
    unitsPerMinute: Infinity,
    keepAtMost: Infinity,
    dropChunks: 0,
    withoutSha256: false,
  }
  const files = new Map<string, StoredFile>()
  const children = new Map<string, Set<StoredFile>>()
  const ghosts: Store['ghosts'] = new Map()
  const changes: string[] = []
  const sharedDrives = new Map<string, string>()
  const parentOf = (file: StoredFile): StoredFile | undefined => files.get(file.parent)

  const self: Store = {
    now,
    behaviour,
    files,
    ghosts,
    freeIds: new Set(),
    sharedDrives,
    changes,
    in: (parent) => [...(children.get(parent) ?? [])],

    add({ bytes = Buffer.alloc(0), modifiedMs = now(), ...named }) {
      const file: StoredFile = {
        ...named,
        createdMs: now(),
        modifiedMs,
        trashed: false,
        bytes,
        ...hashesOf(bytes),
        listedFromMs: now() + behaviour.listLagMs,
        withoutSha256: behaviour.withoutSha256,
      }
      files.set(file.id, file)
      children.set(file.parent, (children.get(file.parent) ?? new Set()).add(file))
      changes.push(file.id)
      return file
    },

    rewrite(file, bytes) {
      Object.assign(file, { bytes, ...hashesOf(bytes), modifiedMs: now() })
      changes.push(file.id)
    },

    remove(id) {
      for (const child of self.in(id)) self.remove(child.id)
      const file = files.get(id)
      if (!file) return
      files.delete(id)
      children.get(file.parent)?.delete(file)
      changes.push(id)
      if (behaviour.listLagMs > 0) ghosts.set(id, { file, untilMs: now() + behaviour.listLagMs })
    },

    isTrashed(file) {
      for (let at: StoredFile | undefined = file; at; at = parentOf(at)) if (at.trashed) return true
      return false
    },

    driveOf(file) {
      let at = file
      for (let above = parentOf(at); above; above = parentOf(at)) at = above
      return sharedDrives.has(at.parent) ? at.parent : undefined
    },

    usedBytes: () => [...files.values()].reduce((sum, { bytes }) => sum + bytes.length, 0),

    newId() {
      const id = `1${randomBytes(24).toString('base64url')}`
      self.freeIds.add(id)
      return id
    },
  }
  return self
}

function hashesOf(bytes: Buffer): Pick<StoredFile, 'md5' | 'sha256'> {
  const hash = (algorithm: string): string => createHash(algorithm).update(bytes).digest('hex')
  return { md5: hash('md5'), sha256: hash('sha256') }
}
