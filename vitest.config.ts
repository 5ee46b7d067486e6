import { readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type Reporter, type TestSpecification } from 'vitest/node'

const projects = ['packages', 'examples', 'integration']
  .flatMap((folder) => readdirSync(folder).map((name) => `${folder}/${name}`))
  .concat('bench', 'restore', 'fakes')

/** Last, and alone: it installs packages and starts five runtimes, which disturbs tests that measure time. */
const last = 'integration/packed'

/** One line that a machine can read, before the closing lines of the default reporter. */
const totals: Reporter = {
  onTestRunEnd(modules, unhandledErrors) {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const passed = tests.filter((test) => test.result().state === 'passed').length
    const failed = tests.filter((test) => test.result().state === 'failed').length
    const broken = modules.flatMap((module) => module.errors()).length + unhandledErrors.length
    // A test that needs a server nobody installed: green would say more than was seen.
    const missing = tests.filter((test) => test.name.includes('SERVER NOT RUN'))
    for (const { name, project } of missing) console.log(`\n${project.name}: ${name}`)
    console.log(`\n${passed} passed, ${failed + broken} failed`)
  },
}

/** So that nothing long is begun when everything else is done. */
const long = /conformance|disaster|live|suite|judges|radosgw|restore-kill|damage|soak|kill-upkeep|readme|documents|demo|model/

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isLong = ({ moduleId }: TestSpecification): boolean => long.test(moduleId.slice(moduleId.lastIndexOf('/')))
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

// Tests start some thousand processes, and most of the time of a start is spent on compiling. Workers and all that they
// start share what was compiled; Node takes it only for a file of the same content.
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(new URL('node_modules/.compile-cache', import.meta.url))

export default defineConfig({
  test: {
    // Many tests wait for servers and disks: one more than there are cores keeps these busy.
    maxWorkers: availableParallelism() + 1,
    // For machines with a tenth of the speed: what hangs may hang for so long, nothing else notices.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // A second, as it is otherwise, may pass on a busy machine while nothing happens at all.
    expect: { poll: { timeout: 20_000 } },
    reporters: [totals, 'default'],
    sequence: { sequencer: LongestFirst },
    projects: projects.map((root) => ({
      extends: true,
      test: {
        name: root,
        root,
        include: ['**/*.test.{ts,tsx,mjs}'],
        exclude: ['**/node_modules/**', '**/dist/**'],
        setupFiles: [fileURLToPath(new URL('tasks/loopback-only.ts', import.meta.url))],
        // Said aloud, so that vitest does not end its report with advice to change it.
        isolate: true,
        sequence: { groupOrder: root === last ? 1 : 0 },
      },
    })),
  },
})
