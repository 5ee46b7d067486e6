import { BackupError, throwIfAborted, type Timers } from '@backup/core'
import { randomBytes } from 'node:crypto'
import { readlinkSync } from 'node:fs'
import { readFile, unlink, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { ensureFolderOf } from './durable-file.ts'
import { codeOf, fsError } from './fs-error.ts'
import { pause } from './time.ts'
import type { TokenStore } from './token-store.ts'

/** What a lock file says about its holder. */
interface Holder {
  /** Of this one time it is held. */
  readonly id: string
  readonly pid: number
  /** Where that pid means something. */
  readonly host: string
}

/** More than any refresh takes: a request has at most 60 seconds. */
const leaseMs = 90_000
const patienceMs = 10 * 60_000
const pauseMs = 50
const doing = 'waiting for another process to refresh the tokens'

/**
 * A lock that processes and machines share. A holder that is dead is passed over at once when it ran on this
 * machine, and otherwise when it has not let go for the whole lease, measured by whoever waits, so that no
 * two clocks are compared.
 */
export function lockFile(path: string, timers: Timers): TokenStore['lock'] {
  return async (signal) => {
    const id = randomBytes(16).toString('hex')
    const text = JSON.stringify({ id, pid: process.pid, host: thisHost() } satisfies Holder)
    const givesUpAt = timers.now() + patienceMs
    let seen: string | undefined
    let seenAt = timers.now()
    for (;;) {
      throwIfAborted(signal, doing)
      if (await create(path, text)) return () => release(path, id)
      const holder = await holderOf(path)
      const now = timers.now()
      if (holder?.id !== seen) [seen, seenAt] = [holder?.id, now]
      if (holder && (isDead(holder) || now - seenAt >= leaseMs)) {
        await removeOnce(path, holder.id, now - seenAt >= 2 * leaseMs)
      }
      if (now >= givesUpAt) throw stillHeld(path)
      await pause(timers, pauseMs, signal, doing)
    }
  }
}

async function create(path: string, text: string): Promise<boolean> {
  try {
    await ensureFolderOf(path)
    await writeFile(path, text, { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    // Windows says so of a file that is about to vanish.
    if (process.platform === 'win32' && ['EPERM', 'EACCES', 'EBUSY'].includes(codeOf(error))) return false
    throw fsError(error, 'create', path)
  }
}

/** A file that is empty or cut off belongs to somebody who is just writing it, or died doing so. */
async function holderOf(path: string): Promise<Holder | undefined> {
  try {
    const text = await readFile(path, 'utf8')
    try {
      const { id, pid, host } = JSON.parse(text)
      if (/^[0-9a-f]{32}$/.test(id) && Number.isSafeInteger(pid)) return { id, pid, host: String(host) }
    } catch {}
    return { id: 'unreadable', pid: 0, host: '' }
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || process.platform === 'win32') return undefined
    throw fsError(error, 'read', path)
  }
}

function isDead({ pid, host }: Holder): boolean {
  if (pid <= 0 || host !== thisHost()) return false
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return codeOf(error) === 'ESRCH'
  }
}

async function release(path: string, id: string): Promise<void> {
  await removeOnce(path, id, false)
}

/**
 * Removes the lock that has this id, and never one that came after it: between looking and removing, only
 * whoever has the guard of that id removes anything, and an id is used once.
 *
 * @param force takes the guard of somebody who died with it
 */
async function removeOnce(path: string, id: string, force: boolean): Promise<void> {
  const guard = `${path}.${id}`
  if (force) await unlink(guard).catch(() => {})
  try {
    await writeFile(guard, '', { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return
    throw fsError(error, 'create', guard)
  }
  try {
    if ((await holderOf(path))?.id === id) await unlink(path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw fsError(error, 'remove', path)
  } finally {
    await unlink(guard).catch(() => {})
  }
}

/** The name, and on Linux the world of pids: containers may share the one and not the other. */
function thisHost(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return hostname()
  }
}

function stillHeld(path: string): BackupError {
  return new BackupError('busy', `Others have held ${path} for ${patienceMs / 60_000} minutes.`, {
    plugin: 'oauth',
    key: path,
  })
}
