import { constants, copyFileSync, linkSync, lstatSync, lutimesSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs'
import { pathOf, textOf } from '../names.ts'
import type { CarryJob } from './protocol.ts'
import { rulesOf } from './rules.ts'
import { told } from './write.ts'

/**
 * Takes over what a backup leaves out: a restore of what it holds is no reason to lose the rest. Files become hard links, which cost no
 * room and leave the old tree as it is.
 */
export function carry({ from, to, include, exclude }: CarryJob): void {
  const excludes = rulesOf(exclude)
  const includes = include && rulesOf(include)
  const targets = new Map(to)

  const visit = (path: string, full: string, target: string, leftOut: boolean): void => {
    const facts = lstatSync(pathOf(full), { throwIfNoEntry: false })
    if (!facts) return
    const folder = facts.isDirectory()
    const left = leftOut || excludes(path, folder) || (!folder && includes !== undefined && !includes(path, false))
    if (folder) {
      for (const name of namesIn(full)) visit(path === '.' ? name : `${path}/${name}`, `${full}/${name}`, `${target}/${name}`, left)
      return
    }
    if (!left || (!facts.isFile() && !facts.isSymbolicLink()) || lstatSync(pathOf(target), { throwIfNoEntry: false })) return
    makeFolders(target)
    told(target, () => (facts.isFile() ? linkOrCopy(full, target) : copyLink(full, target, facts.mtimeMs)))
  }
  for (const [name, path] of from) {
    const target = targets.get(name)
    if (target !== undefined) visit(name === '' ? '.' : name, path, target, false)
  }
}

function namesIn(folder: string): string[] {
  return readdirSync(pathOf(folder), 'buffer').map(textOf)
}

/** Of a folder that is not in the snapshot. */
function makeFolders(target: string): void {
  const parent = target.slice(0, target.lastIndexOf('/'))
  told(parent, () => mkdirSync(pathOf(parent), { recursive: true, mode: 0o700 }))
}

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(pathOf(from), pathOf(to))
  } catch (error) {
    if (!['EPERM', 'EXDEV', 'EMLINK', 'ENOTSUP', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    copyFileSync(pathOf(from), pathOf(to), constants.COPYFILE_EXCL)
  }
}

function copyLink(from: string, to: string, mtimeMs: number): void {
  symlinkSync(readlinkSync(pathOf(from), { encoding: 'buffer' }), pathOf(to))
  lutimesSync(pathOf(to), mtimeMs / 1000, mtimeMs / 1000)
}
