export { s3 } from './s3.ts'
export type { S3Credentials, S3ObjectLock, S3Options } from './options.ts'
