import { expect, test } from 'vitest'
import { plainPlace } from '../plain-words.ts'
import { placeNames } from './use-places.ts'

test('a place is called by what it is, and two of a kind by where they are as well', () => {
  const disk = { name: 'local', location: 'local:/mnt/usb/iron-store' }
  const other = { name: 'local', location: 'local:C:\\backups\\' }
  const drive = { name: 'gdrive', location: 'gdrive:0A1b' }
  expect([...placeNames([disk, drive], plainPlace).values()]).toEqual(['Disk', 'Google Drive'])
  expect([...placeNames([disk, other, drive], plainPlace).values()]).toEqual(['Disk iron-store', 'Disk backups', 'Google Drive'])
})
