import { isMainThread, parentPort, workerData } from 'node:worker_threads'

// The reader process starts here, and so do its threads. Each loads only what it needs: starting is part of
// every run.
if (isMainThread) {
  const { serve } = await import('./serve.ts')
  serve()
} else {
  const { scanLane } = await import('./lane.ts')
  const { plan, spool } = workerData
  const port = parentPort!
  await scanLane(
    plan,
    spool,
    (batch) => port.postMessage(batch),
    (listener) => {
      port.on('message', listener)
      // What may still be heard is no reason to go on.
      port.unref()
    },
  )
}
