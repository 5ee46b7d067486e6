export { oneDrive } from './onedrive.ts'
export type { OneDriveOptions } from './options.ts'
