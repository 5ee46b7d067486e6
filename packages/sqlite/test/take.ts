import { sqlite } from '../src/index.ts'

// Takes a snapshot in a process of its own and prints the proof, or the error.
const [path = '', scratch = '', mode] = process.argv.slice(2)
try {
  const snapshot = await sqlite(path, { mode: mode as 'direct' | 'copy' }).open({
    scratch,
    previousState: async () => undefined,
    warn: () => {},
  })
  try {
    for await (const { content } of snapshot.streams()) {
      if (content.kind === 'changed') for await (const _ of content.batches());
    }
    process.stdout.write(JSON.stringify(await snapshot.finish()))
  } finally {
    await snapshot.close()
  }
} catch (error) {
  const { kind, message } = error as { kind?: string; message: string }
  process.stdout.write(JSON.stringify({ kind, message }))
  process.exitCode = 1
}
