export { tune, type TuneOptions, type Tuning } from './tune.ts'
export type * from './settings.ts'
