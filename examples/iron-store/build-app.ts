import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { buildUi } from './ui/build.ts'

// `npm run build:app`: the program as a shell brings it along, in `shells/app`: `main.mjs`, and the page in `ui`. The packages of
// @backup stay what they are, because they start workers from files of their own: `npm install --prefix shells/app` puts them beside it.

const app = join(import.meta.dirname, 'shells/app')
rmSync(join(app, 'ui'), { recursive: true, force: true })
await buildUi(join(app, 'ui'))
await build({
  entryPoints: [join(import.meta.dirname, 'main.ts')],
  outfile: join(app, 'main.mjs'),
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node22',
  external: ['@backup/*'],
})
const { dependencies } = JSON.parse(readFileSync(join(import.meta.dirname, 'package.json'), 'utf8')) as { readonly dependencies: Record<string, string> }
const kept = Object.fromEntries(Object.entries(dependencies).filter(([name]) => name.startsWith('@backup/')))
writeFileSync(join(app, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies: kept }, undefined, 2))
