import { bytesText, percentText } from '../track/words.ts'
import { earliest } from './credible.ts'
import { median, spread } from './median.ts'

/** A snapshot that does not fit what came before it. */
export interface Anomaly {
  /**
   * - `size`: half of the data or more is gone, or there is ten times as much.
   * - `change`: nearly everything was rewritten at once, and differs in kind from before.
   * - `entropy`: much was rewritten with what cannot be compressed, where before it could: so does ransomware.
   * - `clock`: the time cannot be right. Such a snapshot is compared with no other.
   */
  readonly kind: 'size' | 'change' | 'entropy' | 'clock'
  readonly id: string
  /** For people: what is unusual, in figures. */
  readonly message: string
}

/** What is looked at: figures that every commit carries. */
export interface MeasuredSnapshot {
  readonly id: string
  readonly time: Date
  readonly sizeBytes: number
  readonly freshBytes: number
  readonly storedBytes: number
}

/** So many before a snapshot tell what is usual; with fewer than the second number nobody knows. */
const windowLength = 30
const leastKnown = 5

/** Less than this is noise: a small database halves when somebody tidies up, and padding hides how well a page compresses. */
const leastBytes = 1 << 18

/** Stored bytes for one fresh byte from which on data counts as encrypted, and up to which it counts as compressible. */
const incompressible = 0.9
const compressible = 0.7

const dayMs = 86_400_000

/**
 * Finds snapshots that do not fit those before them: what a policy should not act upon before somebody has looked. A pure function of
 * figures that every commit has; nothing is read.
 *
 * Growth, imports (what is added replaces nothing), `VACUUM` and other rewrites that compress as before, and swings that have been
 * seen twice are usual. A level that stays is told once, by the first snapshot that reached it.
 *
 * @param snapshots all of one source, in any order
 * @param now makes dates after it recognisable; without it, only dates before 2001 and leaps of years are
 * @returns in the order of time
 */
export function findAnomalies(snapshots: readonly MeasuredSnapshot[], now?: Date): Anomaly[] {
  const { credible, anomalies } = datedCredibly(snapshots, now)
  const known: Known = { before: [], ratios: [], falls: 0, rewrites: 0 }
  for (const snapshot of credible) {
    if (!isMeasured(snapshot)) continue
    const previous = known.before.at(-1)
    const leap = previous && leapOf(snapshot, previous, known)
    const found = previous ? [leap, sizeOf(snapshot, previous, known), rewriteOf(snapshot, previous, known)] : []
    for (const anomaly of found) if (anomaly) anomalies.push(anomaly)
    learn(known, snapshot)
  }
  const rank = new Map(inOrder(snapshots).map(({ id }, at) => [id, at]))
  return anomalies.sort((a, b) => rank.get(a.id)! - rank.get(b.id)!)
}

/** What the snapshots so far have taught. */
interface Known {
  readonly before: MeasuredSnapshot[]
  /** Stored bytes for a fresh one, where there were enough to tell. */
  readonly ratios: number[]
  /** Falls to less than half. */
  falls: number
  /** Snapshots that rewrote nearly everything. */
  rewrites: number
}

function learn(known: Known, snapshot: MeasuredSnapshot): void {
  const previous = known.before.at(-1)
  if (previous && snapshot.sizeBytes <= previous.sizeBytes / 2) known.falls++
  if (previous && rewritten(snapshot, previous) >= 0.8) known.rewrites++
  if (snapshot.freshBytes >= leastBytes) known.ratios.push(snapshot.storedBytes / snapshot.freshBytes)
  known.before.push(snapshot)
}

function datedCredibly(snapshots: readonly MeasuredSnapshot[], now: Date | undefined): { credible: MeasuredSnapshot[]; anomalies: Anomaly[] } {
  const latest = now && !Number.isNaN(now.getTime()) ? now.getTime() + dayMs : Infinity
  const credible: MeasuredSnapshot[] = []
  const anomalies: Anomaly[] = []
  for (const snapshot of inOrder(snapshots)) {
    const { id, time } = snapshot
    const dated = Number.isNaN(time.getTime()) ? 'has no date' : `is dated ${time.toISOString()}`
    if (!(time >= earliest)) anomalies.push({ kind: 'clock', id, message: `A snapshot ${dated}: the clock had been reset.` })
    else if (time.getTime() > latest) anomalies.push({ kind: 'clock', id, message: `A snapshot ${dated}, and now it is ${now!.toISOString()}.` })
    else credible.push(snapshot)
  }
  return { credible, anomalies }
}

function inOrder(snapshots: readonly MeasuredSnapshot[]): MeasuredSnapshot[] {
  const timeOf = ({ time }: MeasuredSnapshot): number => time.getTime() || 0
  return snapshots.toSorted((a, b) => timeOf(a) - timeOf(b) || (a.id < b.id ? -1 : 1))
}

function isMeasured({ sizeBytes, freshBytes, storedBytes }: MeasuredSnapshot): boolean {
  return [sizeBytes, freshBytes, storedBytes].every((bytes) => Number.isFinite(bytes) && bytes >= 0)
}

/** Who has made a backup a day does not miss two years; a clock that was set to 2100 does. */
function leapOf(snapshot: MeasuredSnapshot, previous: MeasuredSnapshot, { before }: Known): Anomaly | undefined {
  const gapMs = snapshot.time.getTime() - previous.time.getTime()
  if (before.length < leastKnown || gapMs < 730 * dayMs) return undefined
  const lately = before.slice(-windowLength)
  const gaps = lately.slice(1).map(({ time }, at) => time.getTime() - lately[at]!.time.getTime())
  if (gapMs < 50 * median(gaps)) return undefined
  const years = (gapMs / (365.25 * dayMs)).toFixed(1)
  const message = `A snapshot is dated ${snapshot.time.toISOString()}, ${years} years after the one before it: was the clock set wrong?`
  return { kind: 'clock', id: snapshot.id, message }
}

function sizeOf({ id, sizeBytes }: MeasuredSnapshot, previous: MeasuredSnapshot, { before, falls }: Known): Anomaly | undefined {
  if (before.length < leastKnown) return undefined
  // A short memory: a shop that has grown for a month is compared with what it is now.
  const level = median(before.slice(-leastKnown).map((one) => one.sizeBytes))
  const sizes = `${bytesText(sizeBytes)} after ${bytesText(level)}`
  if (level >= leastBytes && sizeBytes <= level / 2 && previous.sizeBytes > level / 2 && falls < 2) {
    return { kind: 'size', id, message: `Half of the data or more is gone: ${sizes}.` }
  }
  const jumped = sizeBytes >= 10 * Math.max(level, leastBytes) && previous.sizeBytes < sizeBytes / 2
  return jumped ? { kind: 'size', id, message: `There is ten times as much data as before, or more: ${sizes}.` } : undefined
}

function rewriteOf(snapshot: MeasuredSnapshot, previous: MeasuredSnapshot, known: Known): Anomaly | undefined {
  const { id, freshBytes, storedBytes } = snapshot
  const share = rewritten(snapshot, previous)
  if (freshBytes < leastBytes || share < 0.2) return undefined
  const now = storedBytes / freshBytes
  const lately = known.ratios.slice(-windowLength)
  const usual = lately.length > 0 ? median(lately) : undefined
  const figures = `${percentText(share)} of the data were rewritten at once, and compress to ${percentText(now)}`
  if (usual !== undefined && usual <= compressible && now >= incompressible) {
    return { kind: 'entropy', id, message: `${figures} of their size, where ${percentText(usual)} were usual: is something encrypting it?` }
  }
  return share >= 0.8 && !isUsualRewrite(known, now, usual)
    ? { kind: 'change', id, message: `${figures} of their size. That has hardly happened before.` }
    : undefined
}

/** As a database does that is vacuumed or migrated, and a source whose data always looks new. */
function isUsualRewrite({ before, rewrites }: Known, now: number, usual: number | undefined): boolean {
  if (before.length < leastKnown || rewrites >= 2) return true
  const lately = before.slice(-windowLength)
  const shares = lately.slice(1).map((one, at) => rewritten(one, lately[at]!))
  if (0.8 <= median(shares) + 6 * spread(shares)) return true
  // Of data that could never be compressed, nobody can tell a rewrite from an encryption.
  if (usual === undefined || usual > compressible) return now < incompressible
  return now < usual * 1.5 && now > usual / 1.5
}

/** The share of what there was before that was replaced: what came on top replaces nothing. */
function rewritten({ sizeBytes, freshBytes }: MeasuredSnapshot, previous: MeasuredSnapshot): number {
  const added = Math.max(0, sizeBytes - previous.sizeBytes)
  return sizeBytes > added ? Math.max(0, freshBytes - added) / (sizeBytes - added) : 0
}
