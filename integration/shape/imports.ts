import { globSync, readFileSync } from 'node:fs'
import { dirname, posix } from 'node:path'
import { type EcmaScriptModule, parseSync } from 'oxc-parser'

/** One import, as the importing file states it. */
export interface Import {
  /** Path of the importing file, relative to the source folder. */
  readonly from: string
  readonly specifier: string
}

/** Every import of every source file below `folder`: static, dynamic, of types, and re-exports. No tests. */
export function importsOf(folder: string): Import[] {
  const files = globSync('**/*.ts', { cwd: folder, exclude: (path) => path.endsWith('.test.ts') })
  return files.flatMap((from) =>
    specifiersOf(readFileSync(`${folder}/${from}`, 'utf8')).map((specifier) => ({ from, specifier })),
  )
}

export function specifiersOf(text: string): string[] {
  const { staticImports, staticExports, dynamicImports } = parse(text)
  return [
    ...staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...staticExports.flatMap(({ entries }) => entries.flatMap((entry) => entry.moduleRequest?.value ?? [])),
    ...dynamicImports.map(({ moduleRequest: { start, end } }) => text.slice(start + 1, end - 1)),
  ]
}

/** The names of what a module still exports when its types are erased. */
export function valuesOf(text: string): string[] {
  const entries = parse(text).staticExports.flatMap((statement) => statement.entries)
  return entries.filter(({ isType }) => !isType).map(({ exportName }) => exportName.name ?? exportName.kind)
}

/** The room that a file of the source folder stands in: the first part of its path. */
export function roomOf(file: string): string {
  return file.split('/')[0] ?? file
}

/** The room an import leads to, or nothing when it leaves the source folder. */
export function roomReached({ from, specifier }: Import): string | undefined {
  return specifier.startsWith('.') ? roomOf(posix.join(dirname(from), specifier)) : undefined
}

function parse(text: string): EcmaScriptModule {
  const { errors, module } = parseSync('module.ts', text)
  if (errors[0]) throw new Error(errors[0].codeframe ?? errors[0].message)
  return module
}
