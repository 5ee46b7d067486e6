import type { drive_v3 } from '@googleapis/drive'
import { randomUUID } from 'node:crypto'
import type { Connection, Request } from './connection.ts'
import { contentOf } from './drive-error.ts'
import { driveFile, fileById, fileFields, type DriveFile } from './files.ts'

/** A file that is to be made. */
export interface NewFile {
  readonly id: string
  readonly name: string
  readonly parent: string
}

const mimeType = 'application/octet-stream'

/** What the uploads of both kinds have in common. */
export function uploadUrl({ settings }: Connection, uploadType: 'multipart' | 'resumable'): string {
  const query = new URLSearchParams({ uploadType, supportsAllDrives: 'true', fields: fileFields })
  return `${settings.rootUrl}upload/drive/v3/files?${query}`
}

export function metadataOf({ id, name, parent }: NewFile): string {
  return JSON.stringify({ id, name, parents: [parent], mimeType })
}

/**
 * Makes a small file with one request that carries name and bytes (RFC 2387).
 *
 * @returns `undefined` when a file with this id is there already
 */
export async function uploadWhole(
  connection: Connection,
  file: NewFile,
  bytes: Buffer,
  request: Request,
): Promise<DriveFile | undefined> {
  const boundary = `part-${randomUUID()}`
  const head =
    `--${boundary}\r\ncontent-type: application/json; charset=UTF-8\r\n\r\n${metadataOf(file)}\r\n` +
    `--${boundary}\r\ncontent-type: ${mimeType}\r\n\r\n`
  const body = Buffer.concat([Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)])
  const reply = await connection.send(
    { ...request, accept: [409] },
    {
      method: 'POST',
      url: uploadUrl(connection, 'multipart'),
      headers: { 'content-type': `multipart/related; boundary=${boundary}` },
      body,
    },
  )
  return reply.status === 409 ? undefined : made(connection, file, reply.data, request)
}

/** The file as the answer describes it; where that says nothing, as it is. */
export async function made(
  connection: Connection,
  { id }: NewFile,
  data: unknown,
  request: Request,
): Promise<DriveFile | undefined> {
  if (data === '') return fileById(connection, id, request)
  const reply = { status: 200, headers: new Headers(), data }
  const raw = contentOf<drive_v3.Schema$File>(reply, request, connection.settings.now())
  return raw.id === id && raw.size !== undefined ? driveFile(raw) : fileById(connection, id, request)
}
