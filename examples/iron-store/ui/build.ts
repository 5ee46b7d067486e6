import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const here = import.meta.dirname

/** Bundles the page into one script and one style sheet. @param outdir where `server/pages.ts` looks for it */
export async function buildUi(outdir: string = join(here, '../dist/ui')): Promise<void> {
  mkdirSync(outdir, { recursive: true })
  copyFileSync(join(here, 'index.html'), join(outdir, 'index.html'))
  await build({
    entryPoints: { app: join(here, 'main.tsx') },
    bundle: true,
    minify: true,
    format: 'esm',
    jsx: 'automatic',
    target: 'es2022',
    outdir,
    define: { 'process.env.NODE_ENV': '"production"' },
    legalComments: 'none',
  })
}

if (import.meta.main) await buildUi()
