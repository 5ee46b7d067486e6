import { measureJob } from '../measure/job.ts'
import type { Report, Unit } from '../measure/report.ts'
import type { BackupsTask } from './backups-job.ts'
import type { Benchmark } from './benchmark.ts'
import type { IndexFigures, IndexTask } from './index-job.ts'

/** What grows with the repository: the dedup index, and the thousandth small backup. */
export const scale: Benchmark = async ({ rounds, folder }, report) => {
  for (const chunks of [1_000_000, 10_000_000]) await indexOf(chunks, rounds, report)
  await manyBackups(folder, report)
}

async function indexOf(chunks: number, rounds: number, report: Report): Promise<void> {
  const taken: Record<IndexTask['which'], IndexFigures[]> = { ours: [], map: [] }
  for (let round = 0; round < rounds; round++) {
    report.say(`index of ${chunks.toLocaleString('en')} chunks, round ${round + 1} of ${rounds}`)
    const order: IndexTask['which'][] = round % 2 === 0 ? ['ours', 'map'] : ['map', 'ours']
    for (const which of order) taken[which].push(await measureIndex({ which, chunks }))
  }
  const add = (name: string, unit: Unit, figure: keyof IndexFigures): void => {
    const [ours, peer] = [taken.ours, taken.map].map((list) => list.map((figures) => figures[figure]))
    if (ours && peer) report.add({ name, unit, peerName: 'Map of objects', ours, peer })
  }
  const size = `${chunks / 1e6}m`
  add(`scale.index.${size}.memory`, 'bytes/chunk', 'bytesPerChunk')
  add(`scale.index.${size}.lookups`, 'M/s', 'millionLookupsPerSecond')
}

async function measureIndex(task: IndexTask): Promise<IndexFigures> {
  const execArgv = ['--expose-gc', '--max-old-space-size=8192']
  const { result } = await measureJob(new URL('./index-job.ts', import.meta.url), task, { execArgv })
  return result as IndexFigures
}

async function manyBackups(folder: string, report: Report): Promise<void> {
  report.say(`${BACKUPS} small backups in a row: the last ${WINDOW} side by side with those around the 10th`)
  const task: BackupsTask = { folder, backups: BACKUPS }
  const { result } = await measureJob(new URL('./backups-job.ts', import.meta.url), task)
  const seconds = (result as number[]).map((ms) => ms / 1000)
  report.add({
    name: 'scale.backups.wall',
    unit: 's',
    peerName: 'the 10th backup',
    ours: seconds.slice(-WINDOW),
    peer: seconds.slice(10 - WINDOW / 2, 10 + WINDOW / 2),
  })
}

const BACKUPS = 1000
const WINDOW = 10
