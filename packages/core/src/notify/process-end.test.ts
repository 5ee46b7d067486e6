import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const script = `
import { createDelivery } from ${JSON.stringify(new URL('delivery.ts', import.meta.url).href)}
import { BackupError } from ${JSON.stringify(new URL('../errors.ts', import.meta.url).href)}
let attempts = 0
const deliver = () => {
  attempts++
  throw new BackupError('transient', 'Not now.')
}
const delivery = createDelivery({ plugin: 'post', gatherMs: 0, most: 1, attemptMs: 1000, deliver })
delivery.add('a', AbortSignal.timeout(100)).catch((error) => console.log(attempts, error.message))
`

test('what is in line keeps a program running while somebody waits for it, and no longer', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    timeout: 10_000,
  })
  expect(stdout).toBe('1 Not now.\n')
})
