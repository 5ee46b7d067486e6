import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'

/**
 * A program as plain JavaScript in one file, as applications run it: what Node takes to strip types, 30 MB
 * among other things, would be measured along. Whoever asks for it removes it.
 */
export function plainProgram(program: URL): string {
  const source = fileURLToPath(program)
  mkdirSync(FOLDER, { recursive: true })
  const outfile = join(FOLDER, `${basename(source, '.ts')}-${randomUUID()}.mjs`)
  buildSync({
    entryPoints: [source],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    external: ['@backup/*'],
    logLevel: 'error',
  })
  return outfile
}

/** From here the packages are found as from the sources. */
const FOLDER = fileURLToPath(new URL('../node_modules/.programs/', import.meta.url))
