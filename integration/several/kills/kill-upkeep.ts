import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { examine, scratchFolders, whoOpens } from './examine.ts'
import { type Life, runUpkeep } from './run-upkeep.ts'
import { type UpkeepTask, keptSnapshots, pageBytes, pages, paths } from './upkeep.ts'

export interface KillOptions {
  readonly kills: number
  readonly signal?: AbortSignal
  readonly onKill?: (report: KillReport) => void
}

/** What happened, in numbers; without faults everything was as it must be. */
export interface KillReport {
  readonly kills: number
  /** What the killed were busy with. */
  readonly killedWhile: Readonly<Record<string, number>>
  /** Processes that were to be killed, and were done before. */
  readonly cameThrough: number
  readonly snapshots: number
  readonly restored: number
  readonly removedPacks: number
  /** Rotations that were killed when both secrets opened the repository, and kills that left data in clear behind. */
  readonly bothSecrets: number
  readonly leftScratch: number
  readonly faults: readonly string[]
}

/**
 * Backs up, prunes, rotates keys and drills, again and again, and is killed at random moments. After each kill everything must be there,
 * and the process after it must finish what was begun.
 */
export async function killUpkeep({ kills, signal, onKill }: KillOptions): Promise<KillReport> {
  const folder = mkdtempSync(join(tmpdir(), 'kill-upkeep-'))
  const report = { kills: 0, killedWhile: {} as Record<string, number>, cameThrough: 0, snapshots: 0, restored: 0, removedPacks: 0, bothSecrets: 0, leftScratch: 0, faults: [] as string[] }
  const made = new Set<string>()
  const usual = new Map<string, number>()
  let opener = 1
  let attempts = 0

  const live = async (task: Omit<UpkeepTask, 'folder' | 'opener' | 'next'>, kill?: { after: string; waitMs: number }): Promise<Life> => {
    const left = scratchFolders(folder)
    const life = await runUpkeep({ ...task, folder, opener, next: opener + 1 }, {
      kill,
      onMessage(message) {
        const [what = '', value = ''] = message.split(' ')
        if (what === 'made') made.add(value)
        if (what === 'removed') report.removedPacks += Number(value)
        if (what === 'open') report.faults.push(...left.filter(existsSync).map((path) => `${path} is still there.`))
      },
    })
    for (const [what, ms] of life.took) usual.set(what, ms)
    return life
  }
  const look = async (candidates: readonly number[]): Promise<readonly number[]> => {
    const { openers, restored, faults } = await examine(folder, candidates, made)
    report.restored += restored
    report.faults.push(...faults)
    if (restored < Math.min(keptSnapshots, made.size)) report.faults.push(`Only ${restored} snapshots are there.`)
    return openers
  }

  try {
    writeFileSync(paths(folder).data, randomBytes(pages * pageBytes))
    await live({ backups: 2 * keptSnapshots, deeds: ['prune', 'drill', 'rotate'] })
    opener++
    while (report.kills < kills && report.faults.length === 0 && !signal?.aborted) {
      const after = targets[attempts++ % targets.length]!
      const task = after === 'prune and gather' ? scattering : { backups: 5, deeds: shuffled() }
      const life = await live(task, { after, waitMs: Math.random() * 1.1 * (usual.get(after) ?? 50) })
      if (!life.killed) {
        report.cameThrough++
        opener++
        continue
      }
      report.kills++
      const busy = /^(made|removed|rotated|idle)/.test(life.last) ? 'between two deeds' : life.last
      report.killedWhile[busy] = (report.killedWhile[busy] ?? 0) + 1
      if (scratchFolders(folder).length > 0) report.leftScratch++
      const openers = await look([opener, opener + 1])
      if (openers.length > 1) report.bothSecrets++
      // With either of them it goes on.
      const old = [opener, opener + 1]
      opener = openers[Math.floor(Math.random() * openers.length)] ?? opener
      await live({ backups: 0, deeds: ['prune', 'rotate', 'drill'] })
      opener++
      const now = await whoOpens(folder, [...new Set([...old, opener])])
      if (now.join() !== String(opener)) report.faults.push(`After a rotation to ${opener}, ${now.join(' and ')} open the repository.`)
      onKill?.(report)
    }
    await look([opener])
    report.snapshots = made.size
    return report
  } catch (error) {
    report.faults.push(String((error as Error).stack))
    return report
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** In turn, so that also few kills meet each of them. Backups are killed elsewhere, thousands of times. */
const targets = ['prune', 'prune and gather', 'rotate', 'drill', 'prune', 'prune and gather', 'rotate', 'drill', 'backup', 'open']

/** So much goes into the trash at first that what is left of it lies in many small packs when it is gone. */
const scattering: Pick<UpkeepTask, 'backups' | 'deeds'> = { backups: 20, deeds: ['prune', 'drill', 'prune', 'rotate'] }

function shuffled(): UpkeepTask['deeds'] {
  const orders: readonly UpkeepTask['deeds'][] = [['prune', 'rotate', 'drill'], ['drill', 'prune', 'rotate'], ['rotate', 'drill', 'prune']]
  return orders[Math.floor(Math.random() * orders.length)]!
}
