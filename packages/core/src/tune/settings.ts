import type { CodecName } from '../contract/codec.ts'

/** What is known of a backup and its machine. Everything may be left out; what is left out decides nothing. */
export interface Measured {
  /** Of what is backed up. */
  readonly sizeBytes?: number
  /** How much of it changes in an hour. */
  readonly changeBytesPerHour?: number
  /** To the slowest provider that must have confirmed, as measured. */
  readonly uploadBytesPerSecond?: number
  /** Cores of the machine. */
  readonly cores?: number
  /** Memory that the process may use. */
  readonly memoryBytes?: number
  /** Milliseconds that the last runs took, oldest first. */
  readonly lastDurationsMs?: readonly number[]
  /** How many places hold copies. */
  readonly providers?: number
}

/**
 * `highPerformance`: done as soon as possible. `maxReliability`: two copies before a snapshot counts, as little as possible between a
 * byte and its restore, runs as often as the schedule allows. Neither: as quick as possible at no great cost to the host.
 */
export type TunePreset = 'highPerformance' | 'maxReliability'

/** Options of `createBackup` that speed and memory depend on. */
export interface TunedSettings {
  readonly workers: number
  readonly compression: 'auto' | CodecName | { readonly codec: CodecName; readonly level?: number }
  readonly deltas: boolean
  readonly copies: { readonly required: number }
  /** Between runs. */
  readonly intervalMs: number
}

/** One choice, and why. */
export interface TuneReason<Setting extends keyof TunedSettings = keyof TunedSettings> {
  readonly setting: Setting
  readonly value: TunedSettings[Setting]
  /** For people. */
  readonly reason: string
  /** It was given and not chosen. */
  readonly overridden: boolean
}
