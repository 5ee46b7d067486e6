import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type Project, configStart, shopProject } from './project.ts'

// A source that hands out a megabyte every tenth of a second, until it is told to stop.
const slow = `${configStart}
import { writeFileSync } from 'node:fs'
import { contract } from '@backup/core'
import { nodeRuntime } from '@backup/core/node'
const source = {
  contract, name: 'slow', label: 'slow', runtime: nodeRuntime,
  async open({ signal }) {
    return {
      async *streams() {
        yield { name: 'slow', content: { kind: 'bytes', async *read() {
          for (let piece = 0; piece < Number(process.env.PIECES ?? 1000); piece++) {
            await new Promise((resolve) => setTimeout(resolve, 100))
            writeFileSync('reading', '')
            signal?.throwIfAborted()
            if (process.env.DEAF) for (;;) await new Promise((resolve) => setTimeout(resolve, 1000))
            yield crypto.getRandomValues(new Uint8Array(65_536))
          }
        } } }
      },
      finish: async () => ({ complete: true }),
      close: async () => {},
    }
  },
  restore: async () => { throw new Error('not here') },
}
export default { source, providers: [local('backups')], keys, workers: 0 }`

test.each([['SIGINT', 130], ['SIGTERM', 143]] as const)('%s stops a run cleanly and ends with %i', async (signal, code) => {
  const project = await slowProject()
  const run = project.start({}, 'run', '--json')
  await isReading(project)
  run.process.kill(signal)
  const { stdout, stderr, code: ended } = await run.ended
  expect(ended).toBe(code)
  expect(stderr).toContain('What was stored is used again next time.')
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, exitCode: code, jobs: [{ error: { kind: 'cancelled' } }] })
  expect((await project.backup('list')).stdout).toContain('There are no snapshots yet.')
  expect((await project.backupWith({ PIECES: '1' }, 'run')).code).toBe(0)
})

test('a second one ends at once what does not listen', async () => {
  const project = await slowProject()
  const run = project.start({ DEAF: '1' }, 'run')
  await isReading(project)
  run.process.kill('SIGINT')
  await run.prints('A second time ends at once.')
  run.process.kill('SIGINT')
  expect((await run.ended).code).toBe(130)
})

test('events are lines of JSON, and the last one is the result', async () => {
  const project = await slowProject()
  const { code, stdout } = await project.backupWith({ PIECES: '2' }, 'run', '--json-events')
  expect(code).toBe(0)
  const events = stdout.trimEnd().split('\n').map((line) => JSON.parse(line))
  expect(events[0]).toMatchObject({ type: 'run-start', operation: 'backup', label: 'slow' })
  expect(events.map(({ type }) => type)).toContain('progress')
  expect(events.at(-2)).toMatchObject({ type: 'run-end' })
  expect(events.at(-1)).toMatchObject({ type: 'result', command: 'run', ok: true, exitCode: 0, jobs: [{ result: { snapshot: { sizeBytes: 131_072 } } }] })
})

async function isReading(project: Project): Promise<void> {
  await expect.poll(() => existsSync(project.path('reading')), { timeout: 20_000 }).toBe(true)
}

async function slowProject(): Promise<Project> {
  const project = shopProject({ config: slow })
  expect((await project.backup('init', '--no-backup')).code).toBe(0)
  return project
}
