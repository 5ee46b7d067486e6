/** Megabytes per CPU second that `run`, which works on `bytes` at a time, gets through in this thread. */
export async function measureRate(bytes: number, run: () => unknown): Promise<number> {
  await run()
  const before = process.cpuUsage()
  let done = 0
  let usedMicroseconds = 0
  while (usedMicroseconds < MEASURE_FOR_MS * 1000) {
    await run()
    done += bytes
    const { user, system } = process.cpuUsage(before)
    usedMicroseconds = user + system
  }
  return done / usedMicroseconds
}

const MEASURE_FOR_MS = 250
