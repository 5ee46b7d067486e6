import { readFileSync, writeFileSync } from 'node:fs'

/**
 * Puts FORMAT.md, the restore program and its companions into `src/restore-kit/files.ts`, from where they go into every
 * repository. Run it after changing one of them: `node scripts/build-restore-kit.ts`. A test holds the copy to the originals.
 */
export const originals: Readonly<Record<string, string>> = {
  'format.md': '../../../FORMAT.md',
  'restore.mjs': '../../../restore/restore.mjs',
  'restore.html': '../../../restore/restore.html',
  'readme.txt': '../../../restore/readme.txt',
  'vectors.json': '../../../restore/vectors.json',
}

export function generate(): string {
  const entries = Object.entries(originals).map(([name, path]) => {
    const text = readFileSync(new URL(path, import.meta.url), 'utf8')
    return `  '${name}': ${JSON.stringify(text)},\n`
  })
  return `/** Made by scripts/build-restore-kit.ts. Do not edit. */\nexport const files: Readonly<Record<string, string>> = {\n${entries.join('')}}\n`
}

if (import.meta.main) writeFileSync(new URL('../src/restore-kit/files.ts', import.meta.url), generate())
