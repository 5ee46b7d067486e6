import type { drive_v3 } from '@googleapis/drive'
import type { Connection, Request } from './connection.ts'
import { contentOf } from './drive-error.ts'

/**
 * Ids for files that are to be created. Who sends a creation again with the same id never makes two files of
 * it, whatever became of the first answer.
 */
export interface Ids {
  take(request: Request): Promise<string>
}

const batch = 100

export function freshIds(connection: Connection): Ids {
  const free: string[] = []
  return {
    async take(request) {
      for (;;) {
        const id = free.pop()
        if (id !== undefined) return id
        const reply = await connection.call(request, (drive, sending) =>
          drive.files.generateIds({ count: batch, space: 'drive', type: 'files' }, sending),
        )
        const now = connection.settings.now()
        const { ids } = contentOf<drive_v3.Schema$GeneratedIds>(reply, request, now)
        free.push(...(ids ?? []))
      }
    },
  }
}
