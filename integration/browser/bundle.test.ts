import { runInNewContext } from 'node:vm'
import { build, type BuildResult } from 'esbuild'
import { expect, test } from 'vitest'

/** What browsers, workers and webviews all have; core must need no more than this to load. */
const web = {
  AbortController, AbortSignal, Blob, DOMException, Event, EventTarget, ReadableStream, TextDecoder,
  TextEncoder, TransformStream, URL, WritableStream, clearTimeout, crypto, fetch, performance,
  queueMicrotask, setTimeout, structuredClone,
}

test('the main entry of core bundles for the browser and loads where there is no Node', async () => {
  const { outputFiles } = await bundle(`export * from '@backup/core'`)
  const exported: unknown = runInNewContext(`${outputFiles?.[0]?.text}; core`, { ...web })
  expect(runInNewContext('[typeof process, typeof Buffer, typeof require].join()', { ...web })).toBe(
    'undefined,undefined,undefined',
  )
  expect(exported).toHaveProperty('contract', 1)
})

test('a built-in module of Node would be noticed', async () => {
  await expect(bundle(`export * from 'node:fs'`)).rejects.toThrow('node:fs')
})

function bundle(contents: string): Promise<BuildResult> {
  return build({
    stdin: { contents, resolveDir: import.meta.dirname },
    bundle: true,
    format: 'iife',
    globalName: 'core',
    platform: 'browser',
    target: 'es2023',
    write: false,
    logLevel: 'silent',
  })
}
