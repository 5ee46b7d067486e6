import type { BackupProvider, ByteRange, ProviderCapabilities, PutOptions } from '../../contract/provider.ts'
import { contract } from '../../contract/version.ts'
import { randomBytes } from '../../crypto/web-crypto.ts'
import { BackupError, throwIfAborted } from '../../errors.ts'
import { hex } from '../../format/text.ts'
import { checkKey, checkPrefix } from '../check-key.ts'
import type { FolderFile, FolderFiles } from './folder-files.ts'
import { listFolder } from './folder-list.ts'
import { folderTarget, unfinishedFolder } from './folder-target.ts'
import { oneByOne } from './one-by-one.ts'

/** A folder that is to become a provider. */
export interface FolderPlace {
  /** Name of the plugin, for messages. */
  readonly name: string
  /** See {@link BackupProvider.location}. */
  readonly location: string
  readonly files: FolderFiles
  readonly capabilities?: Partial<ProviderCapabilities>
}

const sliceBytes = 4 * 1024 * 1024

/**
 * Keeps objects as files of a folder, on any file system that can do what {@link FolderFiles} asks for. The folder looks as the provider
 * for disks leaves it, so either opens what the other wrote.
 *
 * An object grows in `.tmp`, is measured, and gets its name in one step. Storing it again compares it. The folder is created by `init()`
 * and never by anything else; a file in it shows from then on that it is there, and without it calls fail with `target-missing`.
 *
 * @example
 * ```ts
 * const phone = folderProvider({ name: 'phone', location: 'phone:backups', files: phoneFiles('backups') })
 * ```
 */
export function folderProvider({ name, location, files, capabilities }: FolderPlace): BackupProvider {
  const alone: NonNullable<FolderFiles['alone']> = files.alone ?? oneByOne()
  const target = folderTarget({ ...files, alone }, name, location)
  const failed = (kind: 'not-found' | 'exists' | 'corrupt' | 'range' | 'transient', key: string, message: string): BackupError =>
    new BackupError(kind, message, { plugin: name, key })

  /** Whatever the file system has to say, in our words. */
  const explained = async <T>(doing: string, key: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw BackupError.is(error) ? error : files.explain(error, doing, key)
    }
  }

  /** Bytes in slices, between which the signal is looked at. */
  const readAll = async (file: FolderFile, key: string, range: ByteRange, signal: AbortSignal | undefined): Promise<Uint8Array> => {
    const bytes = new Uint8Array(range.length)
    for (let got = 0; got < range.length;) {
      throwIfAborted(signal, `reading ${key}`)
      const part = await file.read(range.offset + got, Math.min(sliceBytes, range.length - got))
      if (part.length === 0) throw failed('range', key, `${key} ends at ${range.offset + got}, and ${range.length} bytes from ${range.offset} were asked for.`)
      bytes.set(part, got)
      got += part.length
    }
    return bytes
  }

  /** Is the object there? The name stands for the bytes, so a difference is damage. Reading is cheaper than the write it saves. */
  const compare = async (key: string, body: Uint8Array, signal: AbortSignal | undefined): Promise<boolean> => {
    const file = await files.file(key)
    if (!file) return false
    if (file.size !== body.length) throw failed('exists', key, `${key} is there with ${file.size} bytes, not ${body.length}; it is not replaced.`)
    for (let at = 0; at < body.length; at += sliceBytes) {
      throwIfAborted(signal, `comparing ${key}`)
      const part = await file.read(at, Math.min(sliceBytes, body.length - at))
      if (!isSame(part, body.subarray(at, at + sliceBytes))) throw failed('corrupt', key, `${key} is there and damaged: it differs from byte block ${at} on.`)
    }
    return true
  }

  const store = async (key: string, body: Uint8Array, { signal, onProgress }: PutOptions): Promise<void> => {
    const temporary = `${unfinishedFolder}/${hex(randomBytes(12))}`
    try {
      await files.write(temporary, body, (written) => {
        throwIfAborted(signal, `storing ${key}`)
        onProgress?.(written)
      })
      // A disk that claims to have written is not believed.
      const size = (await files.file(temporary))?.size
      if (size !== body.length) throw failed('transient', key, `Of ${key} ${size ?? 0} bytes were written instead of ${body.length}.`)
      throwIfAborted(signal, `storing ${key}`)
      await files.rename(temporary, key)
    } catch (error) {
      await files.remove(temporary).catch(() => {})
      throw error
    }
  }

  return {
    contract,
    name,
    location,
    ...(capabilities && { capabilities }),

    async open({ create = false, signal }) {
      throwIfAborted(signal, `opening ${location}`)
      await explained(`open ${location}`, location, () => target.open(create))
    },

    async put(key, body, options = {}) {
      checkKey(key, name)
      throwIfAborted(options.signal, `storing ${key}`)
      await explained(`store ${key}`, key, async () => {
        await target.check()
        await alone(key, async () => {
          if (!(await compare(key, body, options.signal))) await store(key, body, options)
        })
        // Had the folder gone away in between, the object would now lie somewhere else.
        await target.check()
      })
    },

    async get(key, { range, signal } = {}) {
      checkKey(key, name)
      throwIfAborted(signal, `reading ${key}`)
      return explained(`read ${key}`, key, async () => {
        const file = await files.file(key)
        if (!file) {
          await target.check()
          throw failed('not-found', key, `There is no object ${key} in ${location}.`)
        }
        const { offset, length } = range ?? { offset: 0, length: file.size }
        if (!isWithin(offset, length, file.size)) throw failed('range', key, `${key} has ${file.size} bytes; ${length} from ${offset} were asked for.`)
        return readAll(file, key, { offset, length }, signal)
      })
    },

    async stat(key, { signal } = {}) {
      checkKey(key, name)
      throwIfAborted(signal, `looking at ${key}`)
      return explained(`look at ${key}`, key, async () => {
        const file = await files.file(key)
        if (file) return { size: file.size, ...(file.modifiedAt && { modifiedAt: file.modifiedAt }) }
        await target.check()
        return undefined
      })
    },

    async *list(prefix, { signal } = {}) {
      checkPrefix(prefix, name)
      throwIfAborted(signal, `listing ${prefix}`)
      try {
        await target.check()
        yield* listFolder(files, prefix, signal)
        // A folder that went away meanwhile looks like one with fewer objects.
        await target.check()
      } catch (error) {
        throw BackupError.is(error) ? error : files.explain(error, `list ${prefix}`, prefix)
      }
    },

    async delete(key, { signal } = {}) {
      checkKey(key, name)
      throwIfAborted(signal, `deleting ${key}`)
      await explained(`delete ${key}`, key, async () => {
        await target.check()
        await alone(key, () => files.remove(key))
      })
    },

    ...(files.usage && {
      async usage({ signal } = {}) {
        throwIfAborted(signal, `measuring ${location}`)
        return explained(`measure ${location}`, location, async () => {
          await target.check()
          return (await files.usage?.()) ?? {}
        })
      },
    }),
  }
}

function isSame(some: Uint8Array, others: Uint8Array): boolean {
  return some.length === others.length && some.every((byte, at) => byte === others[at])
}

function isWithin(offset: number, length: number, size: number): boolean {
  return Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0 && offset + length <= size
}
