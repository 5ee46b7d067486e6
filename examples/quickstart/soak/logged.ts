import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import type { BackupProvider } from '@backup/core'

/** The same provider, which writes down every object it is given: one line before, one when it is stored. */
export function logged(provider: BackupProvider, log: string): BackupProvider {
  return {
    ...provider,
    async put(key, body, options) {
      appendFileSync(log, `begin ${key} ${body.length}\n`)
      await provider.put(key, body, options)
      appendFileSync(log, `end ${key} ${body.length}\n`)
    },
  }
}

/** What one process sent of packs, as far as it came. */
export interface Sent {
  /** Size of each pack that was stored for certain, by its key. */
  readonly stored: ReadonlyMap<string, number>
  /** Those of which only the beginning is known. */
  readonly interrupted: ReadonlyMap<string, number>
}

export function readLog(log: string): Sent {
  const stored = new Map<string, number>()
  const interrupted = new Map<string, number>()
  const lines = existsSync(log) ? readFileSync(log, 'utf8').split('\n') : []
  for (const line of lines) {
    const [what, key = '', size] = line.split(' ')
    if (!key.startsWith('packs/')) continue
    if (what === 'begin') interrupted.set(key, Number(size))
    if (what !== 'end') continue
    interrupted.delete(key)
    stored.set(key, Number(size))
  }
  return { stored, interrupted }
}
