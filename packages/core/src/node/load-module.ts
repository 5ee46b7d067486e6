import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { BackupError } from '../errors.ts'

/**
 * Loads a module that a user wrote, in JavaScript or, where the runtime can read it, in TypeScript.
 *
 * @param path relative to the working directory
 * @param hint what to do when nothing better is known
 * @throws `config` saying why it cannot be loaded, and what helps
 */
export async function loadModule(path: string, hint: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(resolve(path)).href)) as Record<string, unknown>
  } catch (cause) {
    const text = cause instanceof Error ? cause.message.split('\n')[0]! : String(cause)
    throw new BackupError('config', `${path} cannot be loaded: ${text.replace(/\.?$/, '.')}`, {
      key: path,
      hint: remedies.find(([pattern]) => pattern.test(text))?.[1](path, text) ?? hint,
      cause,
    })
  }
}

/**
 * The flag that makes this runtime read TypeScript, if it needs one: Node before 22.18 does.
 * https://nodejs.org/api/typescript.html#type-stripping
 */
export function typeScriptFlag(): string | undefined {
  const { features, versions } = process
  const readsIt = versions['bun'] !== undefined || versions['deno'] !== undefined || Boolean(features.typescript)
  return readsIt ? undefined : '--experimental-strip-types'
}

const missingPackage = /^Cannot find package '([^'/@]+|@[^'/]+\/[^'/]+)'/

const remedies: readonly (readonly [RegExp, (path: string, text: string) => string])[] = [
  [/Unknown file extension/, () => 'A config in TypeScript needs Node 22.18 or later, or --experimental-strip-types. JavaScript works with any.'],
  [/import statement outside a module|Unexpected token 'export'/, (path) => `Give it the ending .mts or .mjs, or put "type": "module" into the package.json beside ${path}.`],
  [missingPackage, (_, text) => `Install it: npm install ${missingPackage.exec(text)![1]}`],
]
