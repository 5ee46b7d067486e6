export { local, type LocalOptions, type LocalPlace } from './local.ts'
