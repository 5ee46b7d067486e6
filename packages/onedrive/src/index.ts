export { onedrive } from './onedrive.ts'
export type { OneDriveOptions } from './options.ts'
