import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

const entryOf = (name: string): string => fileURLToPath(new URL(`../dist/${name}`, import.meta.url))

/** As a page loads it: all that it needs but React, minified and compressed. */
async function bytesOf(entry: string): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [entryOf(entry)],
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
    external: ['react', 'react/jsx-runtime'],
  })
  return gzipSync(outputFiles[0]!.contents, { level: 9 }).length
}

test('the hooks, with the client, are at most 8 kB', async ({ annotate }) => {
  const bytes = await bytesOf('index.js')
  await annotate(`hooks: ${bytes} bytes`)
  expect(bytes).toBeLessThanOrEqual(8_000)
})

test('the dashboard, with hooks, client and styles, is at most 60 kB', async ({ annotate }) => {
  const bytes = (await bytesOf('dashboard/index.js')) + gzipSync(readFileSync(entryOf('dashboard.css')), { level: 9 }).length
  await annotate(`dashboard: ${bytes} bytes`)
  expect(bytes).toBeLessThanOrEqual(60_000)
})
