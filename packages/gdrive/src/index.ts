export { gdrive } from './gdrive.ts'
export type { GdriveOptions } from './options.ts'
export { serviceAccount, type ServiceAccountOptions } from './service-account.ts'
