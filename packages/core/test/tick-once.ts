import { appendFileSync } from 'node:fs'
import { nodeRuntime } from '../src/node/runtime.ts'
import { createScheduler } from '../src/schedule/index.ts'

// Started as a process of its own: ticks at a moment, and writes a line for each run.

const [folder = '', now = ''] = process.argv.slice(2)
const scheduler = createScheduler({
  zone: 'UTC',
  state: await nodeRuntime.openState('schedule', folder),
  jobs: [{ name: 'nightly', schedule: { daily: '03:00' }, run: () => appendFileSync(`${folder}/runs`, `${process.pid} ${now}\n`) }],
})
await scheduler.tick(new Date(now))
