import { type BackupProvider, type CallOptions, capabilitiesOf } from '../contract/provider.ts'
import type { Crypto } from '../contract/runtime.ts'
import { BackupError } from '../errors.ts'
import { type ObjectName, checkName, nameInKey } from '../format/names.ts'
import { hex } from '../format/text.ts'

/** SHA-256 of stored bytes, as used in names. */
export function nameOf(crypto: Crypto, bytes: Uint8Array): ObjectName {
  return hex(crypto.sha256(bytes))
}

/**
 * Reads a whole object and compares it with the hash in its key.
 *
 * @throws `corrupt` when the bytes are not those the name promises; whatever the provider throws.
 */
export async function readNamed(provider: BackupProvider, crypto: Crypto, key: string, options: CallOptions = {}): Promise<Uint8Array> {
  const expected = nameInKey(key)
  if (expected === undefined) throw new BackupError('permanent', `Object ${key} has no hash in its name.`, { key })
  return healing(provider, key, options, async () => {
    const bytes = await provider.get(key, options)
    checkName(expected, nameOf(crypto, bytes), key, provider.name)
    return bytes
  })
}

/** Reads once more when the object was damaged and another copy is good. */
export async function healing<T>(provider: BackupProvider, key: string, options: CallOptions, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (!BackupError.is(error, 'corrupt') || !(await provider.heal?.(key, options))) throw error
    return read()
  }
}

/** Stores an object and asks the provider to confirm what it can. */
export async function putConfirmed(
  provider: BackupProvider,
  key: string,
  body: Uint8Array,
  sha256: ObjectName,
  options: CallOptions = {},
): Promise<void> {
  await provider.put(key, body, { ...options, sha256 })
  const info = await provider.stat(key, options)
  if (!info && capabilitiesOf(provider).listLagMs === 0) {
    throw new BackupError('transient', `"${provider.name}" acknowledged ${key}, but does not have it.`, { plugin: provider.name, key })
  }
  if (info && (info.size !== body.length || (info.sha256 ?? sha256) !== sha256)) {
    throw new BackupError('corrupt', `"${provider.name}" stored ${key} with other bytes than it was given.`, {
      plugin: provider.name,
      key,
      hint: 'Check the disk or account; the object does not count as stored.',
    })
  }
}

/**
 * Keys of a class that follow the naming rule, in order; everything else is somebody else's.
 *
 * @param before what was listed the last time: what is still there is not looked at again
 */
export async function listNamed(
  provider: BackupProvider,
  prefix: string,
  options: CallOptions = {},
  before: readonly string[] = [],
): Promise<string[]> {
  const keys: string[] = []
  let at = 0
  for await (const { key } of provider.list(prefix, options)) {
    while (at < before.length && before[at]! < key) at++
    if (before[at] === key || nameInKey(key)) keys.push(key)
  }
  return keys.sort()
}

/**
 * Lists a class and works with what is there, in order. When that fails because something cannot be read for now, and it is not listed any more
 * either, then whoever alone had it is away, and the rest is worked with.
 */
export async function withListed<T>(
  provider: BackupProvider,
  prefix: string,
  options: CallOptions,
  work: (keys: readonly string[]) => Promise<T>,
  before?: readonly string[],
): Promise<T> {
  const keys = await listNamed(provider, prefix, options, before)
  try {
    return await work(keys)
  } catch (error) {
    if (!BackupError.is(error) || options.signal?.aborted) throw error
    const left = await listNamed(provider, prefix, options).catch(() => keys)
    const stillThere = new Set(left)
    if (keys.every((key) => stillThere.has(key))) throw error
    return work(left)
  }
}
