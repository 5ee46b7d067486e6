import { lutimes, mkdir, open, readFile, symlink, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { readManifest } from './manifest/read.ts'
import { pathOf } from './names.ts'

/**
 * Makes a tree of the two streams of a snapshot, as the restore program of the repository leaves them: `content` and `manifest`.
 * Anybody can write such a program from the README of this package; this is one.
 *
 * @param streams the folder with the two files
 * @param to a folder that does not exist yet
 * @throws `corrupt` when the manifest is damaged; an error of the file system
 *
 * @example
 * ```ts
 * // node restore.mjs ../.. restore --to streams
 * await unpack('streams', 'uploads')
 * ```
 */
export async function unpack(streams: string, to: string): Promise<void> {
  const { entries, roots } = readManifest(await readFile(join(streams, 'manifest')))
  await using content = await open(join(streams, 'content'), 'r')
  const placeOf = (path: string): string | Buffer => pathOf(path === '.' ? to : `${to}/${path}`)
  const timeOf = (mtime: string): number => Number(mtime) / 1e9

  if (roots[0] !== '') await mkdir(to)
  for (const entry of entries) {
    if (entry.type === 'folder') await mkdir(placeOf(entry.path))
    if (entry.type !== 'file') continue
    await using file = await open(placeOf(entry.path), 'wx', Number.parseInt(entry.mode, 8))
    const buffer = Buffer.alloc(Math.min(entry.size, 1 << 20))
    for (let done = 0; done < entry.size; ) {
      const { bytesRead } = await content.read(buffer, 0, Math.min(buffer.length, entry.size - done), entry.offset + done)
      if (bytesRead === 0) throw new Error(`The stream "content" ends before ${JSON.stringify(entry.path)}.`)
      done += (await file.write(buffer, 0, bytesRead)).bytesWritten
    }
    await file.chmod(Number.parseInt(entry.mode, 8))
    await file.utimes(timeOf(entry.mtime), timeOf(entry.mtime))
  }
  // Last, so that nothing is written through a link, and nothing changes the times of a folder any more.
  for (const entry of entries) {
    if (entry.type !== 'link') continue
    await symlink(pathOf(entry.target), placeOf(entry.path))
    await lutimes(placeOf(entry.path), timeOf(entry.mtime), timeOf(entry.mtime))
  }
  for (const { type, path, mode, mtime } of [...entries].reverse()) {
    if (type !== 'folder') continue
    await using folder = await open(placeOf(path), 'r')
    await folder.chmod(Number.parseInt(mode, 8))
    await utimes(placeOf(path), timeOf(mtime), timeOf(mtime))
  }
}
