import { randomBytes } from 'node:crypto'
import { open, rm, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { BackupError, type RestoreContext, type RestoreSink, throwIfAborted } from '@backup/core'
import type { Report } from '../host/protocol.ts'
import { type Reader, asBackupError, startReader } from '../host/reader.ts'
import { accessOf, streamName } from '../host/snapshot.ts'
import { type Settings, absolute } from '../options.ts'
import { besides } from '../reader/beside.ts'
import { targetOf } from './target.ts'

/** The way back: to a file of its own, or over the live database. */
export async function openSink(settings: Settings, context: RestoreContext): Promise<RestoreSink> {
  const { signal, overwrite } = context
  throwIfAborted(signal, 'preparing a restore')
  const wanted = context.to === undefined ? settings.path : absolute('to', context.to)
  const { path, live, bytes: liveBytes } = await targetOf(wanted, settings.path, overwrite)
  // In the same folder, hence on the same file system, so that it can take its place by a rename.
  const restored = `${path}.partial-${randomBytes(4).toString('hex')}`
  const safetyCopy = `${path}.before-restore-${new Date().toISOString().replaceAll(':', '-')}`
  const access = { ...accessOf(settings), path }
  let reader: Reader<'deliver' | 'replace'> | undefined
  // A reader that failed in good order has put everything right itself.
  let interrupted = false
  let overwriting = false

  const onReport = (report: Report): void => {
    if (report.type === 'warning') context.warn(report.message, report.hint)
    if (report.type === 'overwriting') overwriting = true
  }

  return {
    async space(bytes) {
      const { bavail, bsize } = await statfs(dirname(path))
      // Over a live database: the restored file, the safety copy, and a log that holds all of it until it is
      // worked in.
      return { neededBytes: live ? 2 * bytes + liveBytes : bytes, freeBytes: bavail * bsize }
    },

    async open({ name, size }) {
      if (name !== streamName) {
        throw new BackupError(
          'unsupported',
          `The snapshot has a stream "${name}", which is none of a SQLite database.`,
          { plugin },
        )
      }
      try {
        const file = await open(restored, 'wx', 0o600)
        await file.truncate(size).finally(() => file.close())
      } catch (error) {
        throw asBackupError(error, 'permanent', `creating ${restored}`, path)
      }
      return { kind: 'file', path: restored }
    },

    async commit() {
      const check = settings.check ?? (live ? 'quick' : 'none')
      const request = { ...access, restored, overwrite, check }
      reader = live
        ? startReader('replace', { ...request, safetyCopy }, { signal, onReport })
        : startReader('deliver', request, { signal, onReport })
      const { requiresRestart, safetyCopy: kept } = await reader.result.catch(async (error: unknown) => {
        interrupted = BackupError.is(error, 'cancelled', 'source')
        // What it told before it was gone counts.
        await reader?.stop()
        throw overwriting && BackupError.is(error, 'cancelled', 'source') ? halfWay(error, path, safetyCopy) : error
      })
      await removeWithBeside(restored)
      return { place: path, requiresRestart, ...(kept === undefined ? {} : { safetyCopy: kept }) }
    },

    async abort() {
      await reader?.stop()
      await removeWithBeside(restored)
      await removeWithBeside(`${safetyCopy}.partial`)
      if (!interrupted || !live) return
      await startReader('settle', access, { onReport }).result.catch((error: Error) =>
        context.warn(
          `The restore was stopped, and SQLite could not look after ${path}: ${error.message}`,
          'Nothing to do: the next program that opens the database finds it as it was before.',
        ),
      )
    },
  }
}

/** It may have been stopped before SQLite had taken over what was restored, or after. */
function halfWay({ kind, message }: BackupError, path: string, safetyCopy: string): BackupError {
  return new BackupError(kind, `${message} ${path} holds what was restored, or what was there before.`, {
    plugin,
    key: path,
    altered: true,
    hint: `Look at the data. What was there before is in ${safetyCopy}: to go back, close the application and put that in its place.`,
  })
}

async function removeWithBeside(path: string): Promise<void> {
  await Promise.all(['', ...besides].map((suffix) => rm(path + suffix, { force: true })))
}

const plugin = 'sqlite'
