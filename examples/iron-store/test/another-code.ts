import { createBackup, rawKey } from '@backup/core'
import { memoryProvider, memorySource } from '@backup/core/testing'

/** A recovery code as good as any, of a repository that is none of those in a test. */
export async function anotherCode(): Promise<string> {
  const backup = createBackup({ source: memorySource({}), providers: [memoryProvider()], keys: rawKey(new Uint8Array(32).fill(7)) })
  const { recoveryCode } = await backup.init()
  await backup.close()
  return recoveryCode!
}
