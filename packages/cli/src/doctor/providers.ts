import { randomBytes } from 'node:crypto'
import { type BackupProvider, BackupError } from '@backup/core'
import { bytesText } from '../terminal/amounts.ts'
import { failureText } from '../terminal/failure.ts'
import { type Check, fail, ok, warn } from './check.ts'

export interface ProviderOptions {
  readonly signal: AbortSignal
  /** Also store, read and remove a small object. */
  readonly probe: boolean
}

/** Is the place there, may it be used, and is there room? Reads only, unless a probe is asked for. */
export async function checkProvider(provider: BackupProvider, { signal, probe }: ProviderOptions): Promise<Check[]> {
  const { location } = provider
  try {
    await provider.open({ signal })
    let holds = false
    for await (const _ of provider.list('format/', { signal })) holds = true
    if (!holds) return [fail(`${location} is there, and holds no repository.`, 'Run "npx backup init", once.')]
    if (probe) await storeAndRemove(provider, signal)
  } catch (error) {
    if (signal.aborted) throw error
    const { what, advice } = failureText(error, location)
    return [fail(what, advice)]
  }
  return [ok(`${location} answers${probe ? ', and stores, reads and removes' : ''}`), ...(await checkRoom(provider, signal))]
}

async function storeAndRemove(provider: BackupProvider, signal: AbortSignal): Promise<void> {
  const key = `probe/00/${randomBytes(16).toString('hex')}`
  const body = randomBytes(1024)
  await provider.put(key, body, { signal })
  try {
    const found = await provider.get(key, { signal })
    if (!body.equals(found)) throw new BackupError('corrupt', 'What was stored came back as something else.', { key, hint: 'The disk or network may be failing. Use another place.' })
  } finally {
    await provider.delete(key)
  }
}

async function checkRoom(provider: BackupProvider, signal: AbortSignal): Promise<Check[]> {
  const { freeBytes, totalBytes } = (await provider.usage?.({ signal }).catch(() => undefined)) ?? {}
  if (freeBytes === undefined) return []
  const share = totalBytes ? ` of ${bytesText(totalBytes)}` : ''
  const text = `${provider.location} has ${bytesText(freeBytes)}${share} free`
  const isScarce = freeBytes < leastFreeBytes || (totalBytes !== undefined && freeBytes < totalBytes * leastFreeShare)
  return [isScarce ? warn(`${text}.`, 'Free space, or move to a larger place before it is full: then backups stop.') : ok(text)]
}

const leastFreeBytes = 1e9
const leastFreeShare = 0.1
