import { BackupError } from '../errors.ts'
import { loadModule } from '../node/load-module.ts'
import type { PlaceFactory } from '../testing/index.ts'

export interface ValidationConfig {
  /** By name; `default` where the module exports one function. */
  readonly factories: Readonly<Record<string, PlaceFactory>>
  readonly off: Readonly<Record<string, string>>
}

/** @throws `config` when the module cannot be loaded or exports something else */
export async function readConfig(path: string): Promise<ValidationConfig> {
  const module = await loadModule(path, remedy)
  const given = module['default']
  const off = module['off'] ?? {}
  const factories = typeof given === 'function' ? { default: given } : given
  if (!isRecordOf(factories, 'function') || Object.keys(factories).length === 0)
    throw wrong(path, 'exports by default neither a function nor an object of functions')
  if (!isRecordOf(off, 'string'))
    throw wrong(path, 'exports an "off" that is not names of tests with reasons')
  return { factories: factories as Record<string, PlaceFactory>, off: off as Record<string, string> }
}

function isRecordOf(value: unknown, type: 'function' | 'string'): value is Record<string, unknown> {
  return (
    typeof value === 'object' && value !== null && Object.values(value).every((each) => typeof each === type)
  )
}

const remedy = 'It should say: export default (place) => local(`/mnt/usb/${place}`)'

function wrong(path: string, what: string): BackupError {
  return new BackupError('config', `${path} ${what}`, { key: path, hint: remedy })
}
