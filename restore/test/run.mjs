import { execFile } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { afterAll, vi } from 'vitest'
import { main } from '../restore.mjs'
import { save } from './tiny-writer.mjs'

const program = fileURLToPath(new URL('../restore.mjs', import.meta.url))

/** Removes from Node what older versions lack, before the program begins. */
const WITHOUT_NATIVE = `data:text/javascript,${encodeURIComponent(`
  import zlib from 'node:zlib'
  import crypto from 'node:crypto'
  delete zlib.zstdDecompressSync
  delete crypto.argon2Sync
  const ciphers = crypto.getCiphers().filter((name) => name !== 'chacha20-poly1305')
  crypto.getCiphers = () => ciphers
`)}`

const folders = []
afterAll(() => folders.forEach((folder) => fs.rmSync(folder, { recursive: true, force: true })))

/** A fresh folder with the repository in `repo`; `out` beside it does not exist yet. */
export function place(repository) {
  const base = fs.mkdtempSync(path.join(os.tmpdir(), 'restore-'))
  folders.push(base)
  const repo = path.join(base, 'repo')
  if (repository !== undefined) save(repository, repo)
  return { base, repo, out: path.join(base, 'out') }
}

/** Runs the program in this process, without waiting for the disk; gives how it ended and what it said. */
export async function run(words, env = { BACKUP_PASSPHRASE: 'correct horse' }) {
  let said = ''
  const keep = (text) => {
    said += text
    return true
  }
  const streams = [vi.spyOn(process.stdout, 'write'), vi.spyOn(process.stderr, 'write')]
  for (const stream of streams) stream.mockImplementation(keep)
  const sync = vi.spyOn(fs, 'fsyncSync').mockImplementation(() => {})
  for (const name of ['BACKUP_PASSPHRASE', 'BACKUP_RECOVERY_CODE', 'BACKUP_KEY']) vi.stubEnv(name, env[name])
  try {
    const code = await main(words)
    if (/\n {4}at /.test(said)) throw new Error(`restore.mjs failed unexpectedly: ${said}`)
    return { code, said, syncs: [...sync.mock.invocationCallOrder] }
  } finally {
    for (const spy of [sync, ...streams]) spy.mockRestore()
    vi.unstubAllEnvs()
  }
}

/** Restores a snapshot into a fresh folder; gives also which files there are then. */
export async function restoring(repository, env, snapshot = 'latest') {
  const { repo, out } = place(repository)
  const result = await run([repo, 'restore', snapshot, '--to', `${out}/`], env)
  return { ...result, out, files: filesIn(out) }
}

/** Runs it as somebody would, in a process of its own. */
export function start(words, { env = { BACKUP_PASSPHRASE: 'correct horse' }, native = true } = {}) {
  const before = native ? [] : ['--import', WITHOUT_NATIVE]
  return new Promise((resolve) => {
    const options = { env: { PATH: process.env.PATH, ...env } }
    const child = execFile(process.execPath, [...before, program, ...words], options, (error, out, err) => {
      resolve({ code: error === null ? 0 : error.code, out, err })
    })
    child.stdin.end()
  })
}

/** All files below a folder, with their names from there. */
export function filesIn(folder) {
  if (!fs.existsSync(folder)) return []
  const names = fs.readdirSync(folder, { recursive: true })
  return names.filter((name) => fs.statSync(path.join(folder, name)).isFile()).sort()
}
