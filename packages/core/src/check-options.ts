import { codecIds } from './contract/codec.ts'
import { suiteIds } from './contract/suite.ts'
import { checkPlugin } from './contract/version.ts'
import type { BackupConfig, CopiesOptions } from './config.ts'
import { BackupError } from './errors.ts'
import { checkNames } from './option-names.ts'
import { checkZone, planOf } from './schedule/plan.ts'
import { defaultBounds } from './session/bounds.ts'

/** Complete by type: an option that is added to the config is added here, or it would be refused. */
const options: Readonly<Record<keyof BackupConfig, true>> = {
  source: true, providers: true, copies: true, outboxBytes: true, keys: true, retention: true, compression: true,
  suite: true, deltas: true, workers: true, runtime: true, state: true, zone: true, notify: true, clock: true,
  collection: true, schedule: true, targets: true, alerts: true, whenFull: true,
}
const copiesOptions: Readonly<Record<keyof CopiesOptions, true>> = { required: true, target: true }

/** @throws `config` naming the option, what is expected and what was found. Values of secrets are never shown. */
export function checkOptions(config: BackupConfig): void {
  if (typeof config !== 'object' || config === null) throw new BackupError('config', 'createBackup() needs an object with options.')
  checkNames(config, Object.keys(options))
  if (config.collection) checkNames(config.collection, Object.keys(defaultBounds), 'collection')
  if (config.copies) checkNames(config.copies, Object.keys(copiesOptions), 'copies')
  checkPlugin(config.source, 'source')
  if (!Array.isArray(config.providers) || config.providers.length === 0) {
    throw wrong('providers', "an array with a provider, for instance [local('/mnt/backup')]", config.providers)
  }
  for (const provider of config.providers) checkPlugin(provider, 'providers')
  checkCopies(config)
  const keys = [config.keys].flat()
  if (keys.length === 0) throw wrong('keys', "a key, for instance passphrase('…')", config.keys)
  for (const key of keys) checkPlugin(key, 'keys')
  for (const policy of [config.retention ?? []].flat()) checkPlugin(policy, 'retention')
  for (const notifier of config.notify ?? []) checkPlugin(notifier, 'notify')
  checkWhenFull(config)
  const { workers, suite, compression } = config
  if (workers !== undefined && (!Number.isInteger(workers) || workers < 0 || workers > 64)) throw wrong('workers', 'a whole number from 0 to 64', workers)
  if (suite !== undefined && !Object.hasOwn(suiteIds, suite)) throw wrong('suite', Object.keys(suiteIds).join(' or '), suite)
  const codec = typeof compression === 'object' ? compression.codec : compression
  if (codec !== undefined && codec !== 'auto' && !Object.hasOwn(codecIds, codec)) {
    throw wrong('compression', `auto, ${Object.keys(codecIds).join(', ')}`, codec)
  }
  if (config.zone !== undefined) checkZone(config.zone, 'zone')
  if (config.schedule !== undefined) planOf(config.schedule, config.zone)
}

function checkWhenFull({ whenFull }: BackupConfig): void {
  if (whenFull === undefined) return
  const policies = [whenFull.retention ?? []].flat()
  if (policies.length === 0) throw wrong('whenFull.retention', 'a policy, for instance keepLast(30)', whenFull.retention)
  for (const policy of policies) checkPlugin(policy, 'whenFull.retention')
  const { above } = whenFull
  if (above !== undefined && !(above > 0 && above < 1)) throw wrong('whenFull.above', 'a share between 0 and 1', above)
}

function checkCopies({ providers, copies, outboxBytes }: BackupConfig): void {
  const locations = providers.map(({ location }) => location)
  const twice = locations.find((location, at) => locations.indexOf(location) !== at)
  if (twice !== undefined) throw wrong('providers', 'places that differ', `${twice} twice`)
  const required = copies?.required ?? 1
  if (!Number.isInteger(required) || required < 1 || required > providers.length) {
    throw wrong('copies.required', `a whole number from 1 to ${providers.length}, the number of providers`, required)
  }
  const target = copies?.target ?? providers.length
  if (!Number.isInteger(target) || target < required || target > providers.length) {
    throw wrong('copies.target', `a whole number from ${required}, that of "copies.required", to ${providers.length}`, target)
  }
  if (outboxBytes !== undefined && !(Number.isSafeInteger(outboxBytes) && outboxBytes >= 0)) {
    throw wrong('outboxBytes', 'a whole number of bytes', outboxBytes)
  }
}

function wrong(option: string, expected: string, found: unknown): BackupError {
  const shown = typeof found === 'string' || typeof found === 'number' ? JSON.stringify(found) : Array.isArray(found) ? `${found.length} of them` : typeof found
  return new BackupError('config', `Option "${option}" must be ${expected}; found ${shown}.`, { key: option })
}
