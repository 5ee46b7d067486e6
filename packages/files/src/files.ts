import type { BackupSource } from '@backup/core'
import { nodeRuntime } from '@backup/core/node'
import { openTree } from './backup/snapshot.ts'
import { browseTree } from './browse.ts'
import { checkTree } from './check.ts'
import { type FilesOptions, type FilesRoots, type Settings, settingsOf } from './options.ts'
import { type Restored, openTreeSink } from './restore/sink.ts'
import { settle } from './restore/swap.ts'

/**
 * Backs up files and folders, and restores all or some of them.
 *
 * Files that have the size, times and inode they had at the last run are not read again. Links are kept as links and never followed.
 *
 * @param roots the path of a folder or of a file, or several of them by name; they do not have to exist until they are backed up
 * @throws `config` when a path or an option is wrong
 *
 * @example
 * ```ts
 * const source = files({ uploads: '/srv/shop/uploads', settings: '/srv/shop/.env' }, { exclude: ['*.tmp', 'cache/'] })
 * ```
 */
export function files(roots: FilesRoots, options: FilesOptions = {}): BackupSource {
  return filesWith(settingsOf(roots, options))
}

export function filesWith(settings: Settings): BackupSource {
  const paths = [...settings.roots.values()]
  let restored: Restored | undefined
  return {
    contract: 1,
    name: 'files',
    label: paths.join(', '),
    runtime: nodeRuntime,
    selective: true,
    async open(context) {
      // A restore that a crash interrupted half-way is finished before anything looks at the tree.
      for (const path of paths) await settle(path)
      return openTree(settings, context)
    },
    restore: (context) => openTreeSink(settings, context, (last) => (restored = last)),
    browse: browseTree,
    async check({ place }, { signal }) {
      if (restored?.place === place) return checkTree(restored, signal)
      return { ok: false, findings: [`Nothing is known about ${place}: only what was restored last by this program can be compared.`] }
    },
  }
}
