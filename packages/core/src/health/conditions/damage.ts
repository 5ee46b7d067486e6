import type { HealthFacts } from '../facts.ts'
import { dayMs, type Condition, type HealthReason, when } from '../reason.ts'
import { checks, foundInData, foundInStore, lastCheck, pastSnapshots } from '../views.ts'

/** The live data is damaged: what is backed up now is not worth having, and what was before must not be lost. */
export const liveDataDamaged: Condition = (facts, _, now) => {
  const snapshots = pastSnapshots(facts, now)
  const [newest] = snapshots
  const sound = snapshots.findIndex((snapshot) => foundInData(snapshot).length === 0)
  const first = newest && snapshots[(sound === -1 ? snapshots.length : sound) - 1]
  const findings = newest ? foundInData(newest) : []
  return when(findings.length > 0, () => ({
    id: 'live-data-damaged',
    severity: 'critical',
    title: 'The data itself is damaged',
    message: `The newest snapshot holds what was found to be damaged: ${findings.slice(0, 3).join('; ')}`,
    action: 'Restore the newest sound snapshot to another place and compare. Nothing is removed until a sound backup follows.',
    since: first!.time,
  }))
}

/** Somebody, perhaps on another machine, found that what is stored is not what was backed up. */
export const snapshotsDamaged: Condition = (facts) => {
  const damaged = facts.snapshots.filter((snapshot) => foundInStore(snapshot).length > 0)
  const newest = damaged.at(-1)
  const failed = checks.find((operation) => hasFoundDamage(facts, operation))
  return when(newest !== undefined, () => ({
    id: 'snapshots-damaged',
    severity: 'critical',
    title: damaged.length === 1 ? 'A stored snapshot is damaged' : `${damaged.length} stored snapshots are damaged`,
    message: `Of snapshot ${newest!.id.slice(0, 12)}: ${foundInStore(newest!).slice(0, 3).join('; ')}`,
    action: 'Run a backup, so that there is a sound one. Then bring back what is damaged from another copy, and call verify({ depth: "data" }).',
    ...(failed !== undefined && { because: `${failed}-failed` }),
  }))
}

function hasFoundDamage(facts: HealthFacts, operation: string): boolean {
  return lastCheck(facts, operation)?.error?.kind === 'corrupt'
}

/** Commits that cannot be read. */
export const snapshotsUnreadable: Condition = ({ damaged }) =>
  when(damaged.length > 0, () => ({
    id: 'snapshots-unreadable',
    severity: 'critical',
    title: damaged.length === 1 ? 'A snapshot cannot be read' : `${damaged.length} snapshots cannot be read`,
    message: damaged[0]!.message,
    action: 'Bring the object back from another copy of the repository; verify() tells what else is concerned.',
  }))

/** The last verify, scrub or drill found damage, or could not be carried out. */
export const checkFailed: Condition = (facts) =>
  checks.flatMap((operation): readonly HealthReason[] => {
    const last = lastCheck(facts, operation)
    if (!last || last.ok) return []
    const found = hasFoundDamage(facts, operation)
    return [
      {
        id: `${operation}-failed`,
        severity: found ? 'critical' : 'warning',
        title: found ? `A ${operation} found damage` : `The last ${operation} failed`,
        message: last.error?.message ?? 'It is not known why.',
        action: found
          ? 'Run verify({ depth: "data" }) to see what is concerned. Another provider that holds a good copy heals it.'
          : `Run the ${operation} again and read what it says.`,
        since: new Date(last.at),
        ...(!found && facts.providers.some(({ problem }) => problem) && { patienceMs: dayMs }),
      },
    ]
  })

/** What somebody should have looked at within a week, or has. */
const anomalyLastsMs = 7 * dayMs

const anomalyTexts = {
  entropy: ['critical', 'Much of the data was rewritten as if it were encrypted', 'If nobody did that on purpose, take the machine off the network. The snapshots before are sound: hold() them.'],
  size: ['warning', 'The amount of data has leapt', 'See whether a table or folder was removed or filled by mistake; the snapshot before has what was there.'],
  change: ['warning', 'Nearly all data was rewritten at once', 'See whether a migration or import did that; otherwise compare with the snapshot before.'],
} as const

/** Snapshots that do not fit what came before: retention waits, and somebody should look. */
export const anomalous: Condition = ({ anomalies, snapshots }, _, now) =>
  (['entropy', 'size', 'change'] as const).flatMap((kind): readonly HealthReason[] => {
    const times = new Map(snapshots.map(({ id, time }) => [id, time]))
    const recent = anomalies.filter((one) => one.kind === kind && now.getTime() - (times.get(one.id)?.getTime() ?? 0) < anomalyLastsMs)
    const newest = recent.at(-1)
    if (!newest) return []
    const [severity, title, action] = anomalyTexts[kind]
    const message = `${newest.message} Snapshot ${newest.id.slice(0, 12)}.`
    return [{ id: `anomaly-${kind}`, severity, title, message, action, since: times.get(newest.id)! }]
  })

/** A clock that is wrong makes ages wrong: what is due, what is old, what may go. */
export const clockWrong: Condition = ({ anomalies, retention, snapshots }, _, now) => {
  const odd = anomalies.find(({ kind, id }) => kind === 'clock' && snapshots.slice(-10).some((one) => one.id === id))
  const warning = retention?.warnings.find(({ kind }) => kind === 'clock')
  const isReset = now.getUTCFullYear() < 2001
  return when(odd !== undefined || warning !== undefined || isReset, () => ({
    id: 'clock-wrong',
    severity: 'warning',
    title: 'A clock is or was wrong',
    message: isReset ? `This machine says it is ${now.toISOString()}.` : (warning?.message ?? odd!.message),
    action: 'Set the clock of this machine, and of others that write to the repository, and let them follow a time server.',
  }))
}
