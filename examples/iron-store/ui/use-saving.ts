import { useBackupClient } from '@backup/react'
import { type Task, ask, useTask } from './ask.ts'

/** The backup is opened anew with other settings: what the page knows of it is asked for again. */
export function useSaving(body: () => object): Task {
  const client = useBackupClient()
  return useTask(async () => {
    await ask('/settings', body())
    client.refresh()
  })
}
