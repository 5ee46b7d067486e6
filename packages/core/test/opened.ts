import { rawKey } from '../src/crypto/keys/raw-key.ts'
import { portableRuntime } from '../src/portable/runtime.ts'
import { createRepository } from '../src/repository/init.ts'
import { type Repository, openRepository } from '../src/repository/repository.ts'
import { type MemoryProvider, memoryProvider } from '../src/testing/memory-provider.ts'

export interface Opened {
  readonly repository: Repository
  readonly provider: MemoryProvider & { readonly reads: string[] }
  /** As somebody else, who knows nothing yet. */
  again(): Promise<Repository>
}

/** An empty repository in memory. */
export async function opened(): Promise<Opened> {
  const inner = memoryProvider()
  const reads: string[] = []
  const provider = { ...inner, reads, get: (...call: Parameters<typeof inner.get>) => (reads.push(call[0]), inner.get(...call)) }
  const keys = [rawKey(new Uint8Array(32).fill(7))]
  const common = { provider, runtime: portableRuntime, keys }
  await provider.open({ create: true })
  await createRepository({ ...common, suite: 'aes-256-gcm', now: new Date('2031-01-01T00:00:00Z'), restoreKit: {} })
  const again = (): Promise<Repository> => openRepository({ ...common, warn: () => {} })
  return { repository: await again(), provider, again }
}
