import type { FileHandle } from './handles.ts'
import { nameOf } from './file-error.ts'

/** Between two slices the signal is looked at, and progress told. */
const sliceBytes = 4 * 1024 * 1024

/**
 * Fills a new file. In workers of the private file system with a handle that can be flushed to the disk; elsewhere with a stream,
 * which browsers write beside and put into place when it is closed.
 */
export async function writeFile(handle: FileHandle, body: Uint8Array, step: (written: number) => void): Promise<void> {
  if (handle.createSyncAccessHandle && (await writeInWorker(handle, body, step))) return
  const stream = await handle.createWritable?.()
  if (!stream) throw Object.assign(new Error('Neither streams nor handles for writing are there.'), { name: 'SecurityError' })
  try {
    for (const [slice, end] of slicesOf(body)) {
      await stream.write(slice)
      step(end)
    }
    await stream.close()
  } catch (error) {
    await stream.abort().catch(() => {})
    throw error
  }
}

/** Says `false` where the file lies in a folder that the user picked: such handles are for the private file system alone. */
async function writeInWorker(handle: FileHandle, body: Uint8Array, step: (written: number) => void): Promise<boolean> {
  let access
  try {
    access = await handle.createSyncAccessHandle!()
  } catch (error) {
    if (nameOf(error) === 'InvalidStateError') return false
    throw error
  }
  try {
    for (const [slice, end] of slicesOf(body)) {
      const at = end - slice.length
      // What a full disk did not take shows in the size, which the caller compares.
      access.write(slice, { at })
      step(end)
      // Nothing else gets a turn in this worker otherwise.
      await Promise.resolve()
    }
    access.flush()
  } finally {
    access.close()
  }
  return true
}

/** The browser takes no shared memory; bodies never are any. */
function* slicesOf(body: Uint8Array): Generator<readonly [slice: Uint8Array<ArrayBuffer>, end: number]> {
  for (let at = 0; at < body.length; at += sliceBytes) {
    const slice = body.subarray(at, at + sliceBytes)
    yield [(slice.buffer instanceof ArrayBuffer ? slice : new Uint8Array(slice)) as Uint8Array<ArrayBuffer>, at + slice.length]
  }
}
