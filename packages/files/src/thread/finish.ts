import { chmodSync, chownSync, constants, lchownSync, lutimesSync, symlinkSync, utimesSync } from 'node:fs'
import { pathOf } from '../names.ts'
import type { FinishJob } from './protocol.ts'
import { textAt } from './texts.ts'
import { finishFile, secondsOf, told, writeFile } from './write.ts'
import { countOf, eachWritten, writtenAt } from './written.ts'

/** What comes last: links, so that nothing is ever written through one, and the times of folders, which each new entry changes. */
export function finish({ files, links, targets, folders }: FinishJob): string[] {
  const warnings: string[] = []
  for (const file of eachWritten(files)) writeFile(file, constants.O_WRONLY | (constants.O_NOFOLLOW ?? 0), (opened) => finishFile(opened, file))
  for (let at = 0; at < countOf(links); at++) {
    const { path, mtime, owner } = writtenAt(links, at)
    try {
      symlinkSync(pathOf(textAt(targets, at)), pathOf(path))
    } catch (error) {
      // Windows lets few users make links.
      if (process.platform !== 'win32') throw Object.assign(error as Error, { path })
      warnings.push(path)
      continue
    }
    if (owner) told(path, () => lchownSync(pathOf(path), ...owner))
    told(path, () => lutimesSync(pathOf(path), secondsOf(mtime), secondsOf(mtime)))
  }
  for (const { path, mode, mtime, owner } of eachWritten(folders)) {
    told(path, () => {
      if (owner) chownSync(pathOf(path), ...owner)
      chmodSync(pathOf(path), mode)
      utimesSync(pathOf(path), secondsOf(mtime), secondsOf(mtime))
    })
  }
  return warnings
}
