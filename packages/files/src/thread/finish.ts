import { chmodSync, chownSync, constants, lchownSync, lutimesSync, symlinkSync, utimesSync } from 'node:fs'
import { pathOf } from '../names.ts'
import type { FinishJob } from './protocol.ts'
import { finishFile, secondsOf, told, writeFile } from './write.ts'

/** What comes last: links, so that nothing is ever written through one, and the times of folders, which each new entry changes. */
export function finish({ files, links, folders }: FinishJob): string[] {
  const warnings: string[] = []
  for (const file of files) writeFile(file, constants.O_WRONLY | (constants.O_NOFOLLOW ?? 0), (opened) => finishFile(opened, file))
  for (const { path, target, mtime, owner } of links) {
    try {
      symlinkSync(pathOf(target), pathOf(path))
    } catch (error) {
      // Windows lets few users make links.
      if (process.platform !== 'win32') throw Object.assign(error as Error, { path })
      warnings.push(path)
      continue
    }
    if (owner) told(path, () => lchownSync(pathOf(path), ...owner))
    told(path, () => lutimesSync(pathOf(path), secondsOf(mtime), secondsOf(mtime)))
  }
  for (const { path, mode, mtime, owner } of folders) {
    told(path, () => {
      if (owner) chownSync(pathOf(path), ...owner)
      chmodSync(pathOf(path), mode)
      utimesSync(pathOf(path), secondsOf(mtime), secondsOf(mtime))
    })
  }
  return warnings
}
