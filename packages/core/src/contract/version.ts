import { BackupError } from '../errors.ts'

/** The version of the contracts in this folder. Every plugin carries the one it was written for. */
export const contract = 1 as const

/** What every plugin has, whatever it does. */
export interface Plugin {
  /** The contract the plugin was written for. */
  readonly contract: typeof contract
  /** Short, lower case, the same in every message: `local`, `sqlite`. */
  readonly name: string
}

/**
 * Refuses what is not a plugin of this contract.
 *
 * @throws `config` when it is no plugin at all, `unsupported` when it was written for another contract.
 */
export function checkPlugin(plugin: Plugin | undefined, option: string): void {
  if (typeof plugin !== 'object' || plugin === null || typeof plugin.name !== 'string') {
    throw new BackupError('config', `Option "${option}" must be a plugin, for instance local('/mnt/backup').`, {
      key: option,
    })
  }
  if (plugin.contract === contract) return
  throw new BackupError(
    'unsupported',
    `Plugin "${plugin.name}" (option "${option}") was written for contract ${String(plugin.contract)}; ` +
      `this @backup/core speaks contract ${contract}.`,
    { plugin: plugin.name, key: option, hint: 'Install versions of @backup/core and of the plugin that match.' },
  )
}
