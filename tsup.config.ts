import { defineConfig, type Options } from 'tsup'

type Plugin = NonNullable<Options['esbuildPlugins']>[number]

/**
 * One source file becomes one output file at the same place, so that workers and child processes can be started
 * from a URL relative to the module that starts them, and a stack trace names a file that the reader knows.
 */
const oneToOne: Plugin = {
  name: 'one-to-one',
  setup(build) {
    build.onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ kind, path }) =>
      kind === 'entry-point' ? undefined : { path: path.replace(/\.ts$/, '.js'), external: true },
    )
  },
}

export default defineConfig({
  entry: ['src/**/*.ts', '!src/**/*.test.ts'],
  format: 'esm',
  target: 'es2023',
  platform: 'neutral',
  clean: true,
  sourcemap: true,
  splitting: false,
  removeNodeProtocol: false,
  skipNodeModulesBundle: true,
  silent: true,
  esbuildPlugins: [oneToOne],
  esbuildOptions(options) {
    options.sourcesContent = false
  },
})
