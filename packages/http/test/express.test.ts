import { expect, test } from 'vitest'
import { openFrames } from './frames.ts'
import { startExpress } from './hosts/express.ts'
import { handlerSuite } from './suite/index.ts'
import { createWorld } from './world.ts'

handlerSuite('on express', startExpress)

test('events come at once behind what compresses all other answers', async () => {
  const { handler, close } = await createWorld()
  const host = await startExpress(handler)
  const { headers } = await host.send('/api/backup/status', { headers: { authorization: 'Bearer olga' } })
  expect(headers.get('content-encoding')).toMatch(/^(gzip|br|deflate)$/)
  const frames = await openFrames(host.send)
  expect(frames.response.headers.get('content-encoding')).toBeNull()
  // The next is sent only when the one before it has arrived: nothing may be waiting for more.
  await frames.until(({ type }) => type === 'hello')
  for (const what of ['settings', 'setup', 'health'] as const) {
    handler.changed(what)
    expect((await frames.until(() => true)).event).toEqual({ type: 'changed', what })
  }
  frames.close()
  await close()
  await host.close()
})
