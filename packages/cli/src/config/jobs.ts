import { type Backup, type BackupConfig, BackupError } from '@backup/core'

/** What `backup.config.ts` may export by default. */
export type ConfigExport = BackupConfig | Backup | Readonly<Record<string, BackupConfig | Backup>>

/** One thing that is backed up, by the name that the config gives it. */
export interface Job {
  /** `default` when there is only one, without a name. */
  readonly name: string
  /** Absent when the config exports a backup that was made already. */
  readonly config?: BackupConfig
  /** Made when it is needed, once. @throws `config` */
  open(): Backup
}

type Create = (config: BackupConfig) => Backup

/**
 * Understands what a config exports.
 *
 * @throws `config` saying what is expected
 */
export function jobsOf(given: unknown, create: Create, path: string): Job[] {
  if (typeof given !== 'object' || given === null) throw wrong(path, given === undefined ? 'has no default export' : 'exports no object by default')
  if (isBackup(given) || !isRecordOfJobs(given)) return [jobOf(defaultJob, given as Backup | BackupConfig, create, path)]
  return Object.entries(given).map(([name, job]) => jobOf(name, job, create, path))
}

/**
 * The jobs that were asked for: all of them when none was.
 *
 * @throws `config` when there is no such job
 */
export function chosenJobs(jobs: readonly Job[], wanted: readonly string[]): readonly Job[] {
  if (wanted.length === 0) return jobs
  const unknown = wanted.find((name) => !jobs.some((job) => job.name === name))
  if (unknown === undefined) return jobs.filter(({ name }) => wanted.includes(name))
  throw new BackupError('config', `The config has no job "${unknown}". ${namesOf(jobs)}`, {
    key: '--job',
    hint: 'Name one of them, or leave --job out.',
  })
}

export function namesOf(jobs: readonly Job[]): string {
  return `Jobs are: ${jobs.map(({ name }) => name).join(', ')}.`
}

export const defaultJob = 'default'

function jobOf(name: string, given: Backup | BackupConfig, create: Create, path: string): Job {
  if (isBackup(given)) return { name, open: () => given }
  let backup: Backup | undefined
  const open = (): Backup => {
    try {
      return (backup ??= create(given))
    } catch (error) {
      if (!BackupError.is(error)) throw error
      // Which file to open comes first for whoever has to correct it.
      const place = name === defaultJob ? path : `${path}, job "${name}"`
      const { plugin, key, hint, cause } = error
      throw new BackupError(error.kind, `${place}: ${error.message}`, {
        hint, cause, ...(plugin !== undefined && { plugin }), ...(key !== undefined && { key }),
      })
    }
  }
  return { name, config: given, open }
}

function isBackup(value: object): value is Backup {
  return 'run' in value && typeof value.run === 'function' && 'snapshots' in value
}

/** By their values: a misspelled option of a single config must not pass for the name of a job. */
function isRecordOfJobs(value: object): value is Readonly<Record<string, BackupConfig | Backup>> {
  const values: unknown[] = Object.values(value)
  return values.length > 0 && values.every((each) => typeof each === 'object' && each !== null && (isBackup(each) || isConfigLike(each)))
}

function isConfigLike(value: object): boolean {
  return !Array.isArray(value) && ['source', 'providers', 'keys'].some((option) => option in value)
}

function wrong(path: string, what: string): BackupError {
  return new BackupError('config', `${path} ${what}.`, {
    key: path,
    hint: 'It should say: export default defineBackup({ source: …, providers: […], keys: … }). "npx backup init" writes one in an empty folder.',
  })
}
