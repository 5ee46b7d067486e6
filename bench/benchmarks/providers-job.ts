import { open } from 'node:fs/promises'
import { createBackup, rawKey } from '@backup/core'
import { pageFile } from '@backup/core/node'
import { s3, type S3Options } from '@backup/s3'
import { serveJob, type Job } from '../measure/serve-job.ts'

export interface ProvidersTask {
  readonly bucket: S3Options
  /** `put` stores objects that are there already, as `rclone copy` does; `backup` makes a snapshot, as restic does. */
  readonly how: 'put' | 'backup'
  /** For `put`: files by the name of their SHA-256. */
  readonly files: readonly string[]
  /** For `backup`. */
  readonly database: string
  readonly state: string
  readonly atOnce: number
}

const jobs: Readonly<Record<ProvidersTask['how'], (task: ProvidersTask) => Promise<Job>>> = {
  async put({ bucket, files, atOnce }) {
    const provider = s3(bucket)
    await provider.open({ create: true })
    const left = [...files]
    return {
      async work() {
        await Promise.all(
          Array.from({ length: atOnce }, async () => {
            // Used again and again: a new one for each file would be there until it is collected, and be counted.
            const buffer = Buffer.allocUnsafeSlow(16 * 1024 * 1024)
            for (let path = left.pop(); path !== undefined; path = left.pop()) {
              const file = await open(path)
              const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
              await file.close()
              const sha256 = path.slice(-64)
              await provider.put(`packs/${sha256.slice(0, 2)}/${sha256}`, buffer.subarray(0, bytesRead), { sha256 })
            }
          }),
        )
      },
      close: async () => provider.close?.(),
    }
  },

  async backup({ bucket, database, state }) {
    const backup = createBackup({
      source: pageFile(database, { pageBytes: 4096 }),
      providers: [s3(bucket)],
      keys: rawKey(new Uint8Array(32)),
      state,
    })
    await backup.init()
    await backup.snapshots()
    return { work: () => Promise.resolve(backup.run()), close: () => backup.close() }
  },
}

serveJob<ProvidersTask>((task) => jobs[task.how](task))
