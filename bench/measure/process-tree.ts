import { readFileSync, readdirSync } from 'node:fs'

// Linux keeps these numbers for every process (proc(5)). A process may end while it is read: then it counts
// nothing.

/** Refuses systems that cannot tell what a child process took. */
export function checkProcessTree(): void {
  if (peakMemoryBytes(process.pid) > 0) return
  throw new Error('The benchmarks read memory and CPU time of other processes from /proc: they need Linux.')
}

/** VmHWM of the process and of its descendants, in bytes. */
export function peakMemoryBytes(pid: number): number {
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? '0'
  return childrenOf(pid).reduce((sum, child) => sum + peakMemoryBytes(child), Number(kibibytes) * 1024)
}

/** CPU time of this process, of children that ended and of descendants that are alive, in milliseconds. */
export function ownCpuMs(): number {
  const { user, system } = process.cpuUsage()
  const ended = ticks(process.pid).slice(2)
  const alive = childrenOf(process.pid).map(treeTicks)
  return (user + system) / 1000 + sum([...ended, ...alive]) * TICK_MS
}

function treeTicks(pid: number): number {
  return sum([...ticks(pid), ...childrenOf(pid).map(treeTicks)])
}

/** utime, stime, cutime and cstime: fields 14 to 17, of which the second may hold spaces in parentheses. */
function ticks(pid: number): number[] {
  const stat = read(`/proc/${pid}/stat`)
  return stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 15)
    .map(Number)
}

function childrenOf(pid: number): number[] {
  return threadsOf(pid).flatMap((thread) =>
    read(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number),
  )
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch {
    return []
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, value) => total + value, 0)

/** USER_HZ, which Linux shows to programs whatever the kernel's own clock is. */
const TICK_MS = 10
