import { folderType, myDrive, type FakeGoogle } from '@backup-internal/fakes/google'
import { request } from 'node:http'
import type { GdriveOptions } from '../src/index.ts'
import { clientId } from './account.ts'

export const othersClientId = 'photos.apps.googleusercontent.com'

/** What people and other programs leave in a drive, beside our folder and in it. */
export async function litter(
  { store, tokens, rootUrl }: FakeGoogle,
  { folder, sharedDrive }: GdriveOptions,
): Promise<void> {
  const top = sharedDrive ?? myDrive
  const bytes = Buffer.from('not ours')
  const add = (parent: string, name: string, mimeType = 'text/plain'): string =>
    store.add({
      id: store.newId(),
      name,
      parent,
      mimeType,
      clientId,
      ...(mimeType === 'text/plain' && { bytes }),
    }).id
  const below = (parent: string, name: string): string =>
    store.in(parent).find((file) => file.name === name)?.id ?? add(parent, name, folderType)

  let place = top
  for (const name of folder.split('/')) place = below(place, name)
  const packs = below(place, 'packs')
  const shard = below(packs, '00')
  for (const name of ['readme.txt', '.DS_Store', 'ours', 'format']) add(place, name)
  for (const name of ['Thumbs.db', '00', 'ours']) add(packs, name)
  for (const name of ['Ours', 'OURS', 'ours copy', 'ours (1)', 'Kopie von ours', 'ours.PART'])
    add(shard, name)
  add(shard, 'theirs', folderType)
  add(shard, 'theirs-too', 'application/vnd.google-apps.shortcut')
  add(below(place, 'Photos of 2031'), 'one.jpg')
  add(below(below(below(top, 'Other'), 'packs'), '00'), 'theirs')
  const inTrash = add(shard, 'in-the-trash')
  const trashed = store.files.get(inTrash)
  if (trashed) trashed.trashed = true
  const folderInTrash = store.files.get(below(packs, '01'))
  if (folderInTrash) {
    add(folderInTrash.id, 'in-a-folder-in-the-trash')
    folderInTrash.trashed = true
  }
  const token = tokens.issue({ clientId: othersClientId })
  const url = `${rootUrl}upload/drive/v3/files?uploadType=resumable`
  const headers = { authorization: `Bearer ${token}`, 'x-upload-content-length': '1000000' }
  await new Promise<void>((resolve, reject) => {
    // A connection of its own: one that is kept would be closed when the next one wants it.
    const begun = request(url, { method: 'POST', agent: false, headers }, (answer) => {
      answer.resume()
      if (answer.statusCode === 200) resolve()
      else reject(new Error(`The fake refused the upload of another program with ${answer.statusCode}.`))
    })
    begun.on('error', reject)
    begun.end(JSON.stringify({ name: 'film.mp4' }))
  })
}
