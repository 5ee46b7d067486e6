import { existsSync } from 'node:fs'
import { defineConfig, type Options } from 'tsup'

type Plugin = NonNullable<Options['esbuildPlugins']>[number]

/**
 * One source file becomes one output file at the same place, so that workers and child processes can be started
 * from a URL relative to the module that starts them, and a stack trace names a file that the reader knows.
 */
const oneToOne: Plugin = {
  name: 'one-to-one',
  setup(build) {
    build.onResolve({ filter: /^\.{1,2}\/.*\.tsx?$/ }, ({ kind, path }) =>
      kind === 'entry-point' ? undefined : { path: path.replace(/\.tsx?$/, '.js'), external: true },
    )
  },
}

const shared: Options = {
  format: 'esm',
  target: 'es2023',
  platform: 'neutral',
  sourcemap: true,
  splitting: false,
  removeNodeProtocol: false,
  silent: true,
  esbuildOptions(options) {
    options.sourcesContent = false
  },
}

/** Started anew for every run: one file that holds all it needs loads in a third of the time of sixty. */
const threads = ['src/node/worker.ts'].filter((file) => existsSync(file))

/** A page loads styles as one file, whatever they are written in. */
const styles = ['src/dashboard.css'].filter((file) => existsSync(file))

export default defineConfig([
  {
    ...shared,
    entry: ['src/**/*.{ts,tsx}', '!src/**/*.test.{ts,tsx}', ...threads.map((file) => `!${file}`)],
    clean: true,
    skipNodeModulesBundle: true,
    esbuildPlugins: [oneToOne],
  },
  ...threads.map((file): Options => ({
    ...shared,
    entry: { [file.slice('src/'.length, -'.ts'.length)]: file },
    platform: 'node',
    noExternal: [/^(?!node:)/],
  })),
  ...styles.map((file): Options => ({ entry: [file], minify: true, silent: true })),
])
