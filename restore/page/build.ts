import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'

/**
 * Makes `restore.html`, one file with all that it needs: the restore program with stand-ins for what it takes from Node, in a worker,
 * and a page around it. Run it after a change to one of them: `node restore/page/build.ts`. A test compares.
 */
export async function generate(): Promise<string> {
  const style = (await bundled('page.css', [])).trim()
  const worker = await bundled('worker/worker.ts', [asProgram, standIns])
  const script = (await bundled('ui/page.ts', [textOf(worker)])).trim()
  const policy = `default-src 'none'; script-src '${hashOf(script)}'; style-src '${hashOf(style)}'; worker-src blob:; base-uri 'none'; form-action 'none'`
  const html = readFileSync(at('page.html'), 'utf8')
  const filled = { policy, style, script }
  return html.replace(/<!-- (policy|style|script) -->/g, (_, name: keyof typeof filled) => filled[name])
}

const at = (file: string): string => fileURLToPath(new URL(file, import.meta.url))

async function bundled(entry: string, plugins: Plugin[]): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [at(entry)],
    bundle: true,
    minify: true,
    charset: 'utf8',
    format: 'iife',
    platform: 'browser',
    target: ['chrome111', 'firefox114', 'safari16.4'],
    legalComments: 'none',
    write: false,
    logLevel: 'error',
    plugins,
    define: { 'process.platform': '"browser"' },
    inject: entry.startsWith('worker') ? [at('stand-ins/inject.ts')] : [],
  })
  const text = outputFiles[0]!.text
  if (/<\/(script|style)/i.test(text)) throw new Error(`${entry} would end its element.`)
  return text
}

/** The program without its last lines, which start it from a command line. */
const asProgram: Plugin = {
  name: 'as-program',
  setup({ onLoad }) {
    onLoad({ filter: /\/restore\.mjs$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      const end = text.indexOf('if (process.argv[1]')
      if (end < 0) throw new Error('restore.mjs does not end as it did.')
      return { contents: text.slice(0, end), loader: 'js' }
    })
  },
}

const standIns: Plugin = {
  name: 'stand-ins',
  setup({ onResolve }) {
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path: at(`stand-ins/${path.slice('node:'.length)}.ts`), sideEffects: false }))
    onResolve({ filter: /^base64-js$/ }, () => ({ path: at('stand-ins/base64-js.ts') }))
    // The manifest of a tree needs the errors of the engine, and nothing else of it.
    onResolve({ filter: /^@backup\/core$/ }, () => ({ path: at('../../packages/core/src/errors.ts'), sideEffects: false }))
    // It decodes its own dictionary, which is a tenth as long that way.
    onResolve({ filter: /dictionary-data\.js$/ }, ({ resolveDir }) => ({ path: `${resolveDir}/dictionary-browser.js` }))
  },
}

function textOf(worker: string): Plugin {
  return {
    name: 'text-of-the-worker',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^worker-text$/ }, () => ({ path: 'worker-text', namespace: 'made' }))
      onLoad({ filter: /.*/, namespace: 'made' }, () => ({ contents: worker, loader: 'text' }))
    },
  }
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

if (import.meta.main) writeFileSync(at('../restore.html'), await generate())
