import type { PutObjectCommandInput } from '@aws-sdk/client-s3'
import type { Settings } from './options.ts'

const dayMs = 24 * 60 * 60 * 1000

/** What an object is given on its way: the class of packs, and the time until which nobody may remove it. */
export function traits(
  { storageClass, objectLock }: Settings,
  key: string,
): Pick<PutObjectCommandInput, 'StorageClass' | 'ObjectLockMode' | 'ObjectLockRetainUntilDate'> {
  return {
    ...(storageClass !== undefined &&
      key.startsWith('packs/') && { StorageClass: storageClass as 'STANDARD' }),
    ...(objectLock && {
      ObjectLockMode: objectLock.mode,
      ObjectLockRetainUntilDate: new Date(Date.now() + objectLock.days * dayMs),
    }),
  }
}
