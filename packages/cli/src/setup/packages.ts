import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { BackupError } from '@backup/core'
import type { SetupPlan } from './plan.ts'

export interface PackageManager {
  readonly name: 'npm' | 'pnpm' | 'yarn' | 'bun'
  /** What installs packages. */
  command(packages: readonly string[]): readonly string[]
}

const managers: readonly (readonly [PackageManager['name'], lockfiles: readonly string[], add: readonly string[]])[] = [
  ['pnpm', ['pnpm-lock.yaml'], ['pnpm', 'add']],
  ['yarn', ['yarn.lock'], ['yarn', 'add']],
  ['bun', ['bun.lock', 'bun.lockb'], ['bun', 'add']],
  ['npm', ['package-lock.json'], ['npm', 'install']],
]

/** By the nearest lockfile of the project, and where there is none by who started this program. */
export function packageManager(cwd: string, env: Readonly<Record<string, string | undefined>>): PackageManager {
  const agent = (env['npm_config_user_agent'] ?? '').split('/')[0]
  const locked = projectFolders(cwd).map((folder) => managers.find(([, lockfiles]) => lockfiles.some((name) => existsSync(join(folder, name)))))
  const found = locked.find((manager) => manager !== undefined)
    ?? managers.find(([name]) => name === agent)
    ?? managers.at(-1)!
  const [name, , add] = found
  return { name, command: (packages) => [...add, ...packages] }
}

/** This one, and those above it up to the root of its working copy: a lockfile beyond that is of something else. */
function projectFolders(cwd: string): readonly string[] {
  const folders = foldersAbove(cwd)
  const root = folders.findIndex((folder) => existsSync(join(folder, '.git')))
  return folders.slice(0, root + 1 || 1)
}

/** From this one to the root of the file system: where Node looks. */
function foldersAbove(folder: string): readonly string[] {
  const parent = dirname(folder)
  return parent === folder ? [folder] : [folder, ...foldersAbove(parent)]
}

export function neededPackages({ source, target }: SetupPlan): string[] {
  return ['@backup/cli', '@backup/core', `@backup/${target.kind}`, `@backup/${source.kind}`].sort()
}

/** Those that a config in this folder could not import. */
export function missingPackages(cwd: string, packages: readonly string[]): string[] {
  // Not asked of Node: it would remember that a package is missing after it was installed.
  return packages.filter((name) => !foldersAbove(cwd).some((folder) => existsSync(join(folder, 'node_modules', name, 'package.json'))))
}

/** @throws `permanent` when the package manager fails; it has said why */
export async function install(cwd: string, command: readonly string[], signal: AbortSignal): Promise<void> {
  const [program = '', ...args] = command
  const line = command.join(' ')
  // On Windows these programs are scripts, which only a shell starts; nothing of the line comes from outside.
  const child = spawn(program, args, { cwd, stdio: ['ignore', 2, 2], shell: process.platform === 'win32', signal })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', (cause) => reject(new BackupError('permanent', `"${line}" cannot be started: ${cause.message}`, { cause })))
    child.on('exit', resolve)
  })
  if (code === 0) return
  throw new BackupError('permanent', `"${line}" failed.`, { hint: `Run it yourself, then "npx backup init" again: ${line}` })
}
