import type { SettleRequest } from '../host/protocol.ts'
import { connector } from './driver.ts'
import { lookAt } from './place.ts'

/** Opening a database to write is all that SQLite needs to roll back what was left unfinished. */
export async function settle({ path, driver, busyTimeoutMs }: SettleRequest): Promise<undefined> {
  if (!lookAt(path)) return
  const connect = await connector(driver)
  const connection = connect(path, { readOnly: false, busyTimeoutMs })
  try {
    connection.rows('SELECT 1 FROM sqlite_schema LIMIT 1')
  } finally {
    connection.close()
  }
}
