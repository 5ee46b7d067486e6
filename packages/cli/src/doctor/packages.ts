import { existsSync, readFileSync, readdirSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { type Check, fail, ok, warn } from './check.ts'

interface InstalledPackage {
  readonly name: string
  readonly version: string
  /** Where the engine lies that this one uses. */
  readonly core?: string
}

/** Packages of other versions, or that use another copy of the engine, fail in ways that nobody understands. */
export function checkPackages(folder: string): Check[] {
  const found = installedIn(folder)
  if (found.length === 0) return [warn(`No @backup packages are installed for ${folder}.`, 'Install those that the config imports: npm install @backup/core …')]
  const versions = new Set(found.map(({ version }) => version))
  const cores = new Set(found.flatMap(({ core }) => (core === undefined ? [] : [core])))
  const names = found.map(({ name, version }) => `${name} ${version}`).join(', ')
  const newest = [...versions].sort(byVersion).at(-1)!
  const all = found.map(({ name }) => `${name}@${newest}`).join(' ')
  return [
    versions.size === 1
      ? ok(`${found.length} packages, all of version ${newest}`)
      : fail(`Packages of different versions: ${names}.`, `Bring them to one version: npm install ${all}`),
    ...(cores.size > 1 ? [fail(`There are ${cores.size} copies of @backup/core: ${[...cores].join(', ')}.`, `Bring all packages to one version, then run "npm dedupe": npm install ${all}`)] : []),
  ]
}

/** In the nearest folders `node_modules/@backup`, upwards. */
function installedIn(folder: string): InstalledPackage[] {
  const found = new Map<string, InstalledPackage>()
  for (let at = folder; ; at = dirname(at)) {
    const scope = join(at, 'node_modules/@backup')
    const names = existsSync(scope) ? readdirSync(scope) : []
    for (const name of names) {
      const read = packageAt(join(scope, name))
      if (read && !found.has(read.name)) found.set(read.name, read)
    }
    if (dirname(at) === at) return [...found.values()]
  }
}

function packageAt(folder: string): InstalledPackage | undefined {
  try {
    const real = realpathSync(folder)
    const { name, version } = JSON.parse(readFileSync(join(real, 'package.json'), 'utf8')) as { name: string; version: string }
    return { name, version, ...(name !== '@backup/core' && { core: coreSeenFrom(real) }) }
  } catch {
    return undefined
  }
}

function coreSeenFrom(folder: string): string {
  return dirname(createRequire(join(folder, 'package.json')).resolve('@backup/core/package.json'))
}

function byVersion(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true })
}
