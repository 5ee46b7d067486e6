import { createHash, randomBytes } from 'node:crypto'
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cephIsInstalled, startCeph, type Ceph } from '@backup-internal/servers'
import { measureCommand } from '../measure/command.ts'
import type { Cost } from '../measure/cost.ts'
import { measureJob } from '../measure/job.ts'
import type { Report } from '../measure/report.ts'
import { createSamples } from '../measure/samples.ts'
import { settle } from '../measure/settle.ts'
import type { Benchmark } from './benchmark.ts'
import type { ProvidersTask } from './providers-job.ts'

const objects = 64
const objectBytes = 16 * 1024 * 1024
/** Requests at a time, on both sides. */
const atOnce = 6

/** 1 GB that cannot be compressed to a real S3 gateway on the loopback, beside programs that have done that for years. */
export const providers: Benchmark = async ({ rounds, folder }, report) => {
  if (!cephIsInstalled()) throw new Error('Ceph is not installed; servers/install.sh installs it, and rclone. restic: apt-get install restic.')
  for (const line of HEADER) report.say(line)
  const { files, database } = makeData(join(folder, 'data'))

  const ours = (how: ProvidersTask['how']) => async (ceph: Ceph, scratch: string) => {
    const bucket = { bucket: 'ours', endpoint: ceph.endpoint, credentials: credentialsOf(ceph) }
    const task: ProvidersTask = { bucket, how, files, database, state: join(scratch, 'state'), atOnce }
    return (await measureJob(new URL('./providers-job.ts', import.meta.url), task)).cost
  }
  await play('providers.put', 'rclone copy', ours('put'), rcloneCopy(join(folder, 'data', 'files')), rounds, folder, report)
  await play('providers.backup', 'restic', ours('backup'), resticBackup(database), rounds, folder, report)
}

type Side = (ceph: Ceph, scratch: string) => Promise<Cost>

/** Each run meets a gateway that has just been started, with nothing in its store. */
async function play(
  name: string,
  peerName: string,
  ours: Side,
  peer: Side,
  rounds: number,
  folder: string,
  report: Report,
): Promise<void> {
  const samples = createSamples()
  for (let round = 0; round < rounds; round++) {
    report.say(`${name} and ${peerName}, round ${round + 1} of ${rounds}`)
    const sides = [['ours', ours], ['peer', peer]] as const
    for (const [side, run] of round % 2 === 1 ? sides.toReversed() : sides) {
      const scratch = join(folder, 'run')
      mkdirSync(join(scratch, 'ceph'), { recursive: true })
      const ceph = await startCeph(join(scratch, 'ceph'))
      try {
        settle()
        const { wallMs, cpuMs, peakBytes } = await run(ceph, scratch)
        samples.add(side, { wall: wallMs / 1000, cpu: cpuMs / 1000, rss: peakBytes })
      } finally {
        await ceph.stop()
        rmSync(scratch, { recursive: true })
      }
    }
  }
  for (const measurement of samples.measurements(name, peerName)) report.add(measurement)
}

const rcloneCopy = (files: string): Side => (ceph) => {
  const remote = `:s3,provider=Other,env_auth=true,endpoint='${ceph.endpoint}':rclone`
  const args = ['--config', '/dev/null', 'copy', '--transfers', String(atOnce), '--checkers', String(atOnce), files, remote]
  return measureCommand({ program: 'rclone', args, env: environmentOf(ceph) })
}

const resticBackup = (database: string): Side => async (ceph, scratch) => {
  const env = {
    ...environmentOf(ceph),
    RESTIC_REPOSITORY: `s3:${ceph.endpoint}/restic`,
    RESTIC_PASSWORD: 'benchmark',
    RESTIC_CACHE_DIR: join(scratch, 'cache'),
  }
  const run = (...args: string[]): Promise<Cost> =>
    measureCommand({ program: 'restic', args: ['-q', '-o', `s3.connections=${atOnce}`, ...args], env })
  await run('init')
  return run('backup', database)
}

function credentialsOf({ accessKey, secretKey }: Ceph): { accessKeyId: string; secretAccessKey: string } {
  return { accessKeyId: accessKey, secretAccessKey: secretKey }
}

function environmentOf({ accessKey, secretKey }: Ceph): Record<string, string> {
  return { AWS_ACCESS_KEY_ID: accessKey, AWS_SECRET_ACCESS_KEY: secretKey, AWS_CA_BUNDLE: '' }
}

function makeData(folder: string): { files: string[]; database: string } {
  mkdirSync(join(folder, 'files'), { recursive: true })
  const database = join(folder, 'database')
  const files: string[] = []
  for (let number = 0; number < objects; number++) {
    const bytes = randomBytes(objectBytes)
    const path = join(folder, 'files', createHash('sha256').update(bytes).digest('hex'))
    writeFileSync(path, bytes)
    appendFileSync(database, bytes)
    files.push(path)
  }
  return { files, database }
}

const HEADER: readonly string[] = [
  `${objects} objects of 16 MiB to Ceph's gateway with its store in memory. "put": objects as they are, ${atOnce} at a time, beside`,
  `rclone copy. "backup": the same bytes in one file, chunked, compressed as far as that goes, encrypted and packed; three packs`,
  `at a time beside restic's ${atOnce} connections. Throughput is the inverse of "wall".`,
]
