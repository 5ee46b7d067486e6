import type { Crypto } from '../contract/runtime.ts'
import { BackupError } from '../errors.ts'
import { type KeyRing, currentEpoch, rootOf } from '../format/ring.ts'
import { equalBytes, hex, joinBytes, utf8 } from '../format/text.ts'
import type { DrillFacts, DrillReport } from './report.ts'

/** Vouches for a report with a key of the current epoch: FORMAT.md §20.1. */
export function seal(crypto: Crypto, ring: KeyRing, facts: DrillFacts): DrillReport {
  const { epoch } = currentEpoch(ring)
  const report = { ...facts, epoch }
  return { ...report, mac: hex(macOf(crypto, ring, epoch, report)) }
}

/**
 * Whether a report is, to the letter, one that somebody made who had the keys of this repository.
 *
 * @throws `config` for what is no report, or one of another repository; `key` when its keys are not in the ring
 */
export function isAuthentic(crypto: Crypto, ring: KeyRing, report: DrillReport): boolean {
  const { mac, ...rest } = (report ?? {}) as DrillReport
  if (typeof mac !== 'string' || rest.kind !== 'drill' || rest.version !== 1 || !Number.isSafeInteger(rest.epoch)) {
    throw new BackupError('config', 'This is no report of a drill.', { hint: 'Hand over the JSON as it was exported, as a whole.' })
  }
  if (rest.repository !== hex(ring.repository)) {
    throw new BackupError('config', `The report is about repository ${rest.repository}, not about ${hex(ring.repository)}.`, { key: 'repository' })
  }
  return equalBytes(utf8(hex(macOf(crypto, ring, rest.epoch, rest))), utf8(mac))
}

const info = utf8('backup/1/evidence')

function macOf(crypto: Crypto, ring: KeyRing, epoch: number, report: object): Uint8Array {
  const key = crypto.hkdf(rootOf(ring, epoch), ring.repository, info)
  return hmac(crypto, key, utf8(canonical(report)))
}

/** RFC 2104 with SHA-256, for keys of 32 bytes. */
function hmac(crypto: Crypto, key: Uint8Array, message: Uint8Array): Uint8Array {
  const pad = (byte: number): Uint8Array => Uint8Array.from({ length: 64 }, (_, at) => (key[at] ?? 0) ^ byte)
  return crypto.sha256(joinBytes(pad(0x5c), crypto.sha256(joinBytes(pad(0x36), message))))
}

/**
 * JSON in one spelling, whatever order the fields came in: as RFC 8785 for text, whole numbers, truth values, arrays and objects, which
 * is all there is in a report.
 */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const fields = Object.entries(value).filter(([, inner]) => inner !== undefined)
  // By UTF-16 code units, as RFC 8785 has it, and as `<` compares.
  fields.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`).join(',')}}`
}
