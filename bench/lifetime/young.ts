import { fork } from 'node:child_process'
import type { IncrementCost, SimulationTask } from './simulation.ts'

/** A simulation in a process of its own, that has come to the end of its runs and waits. */
export interface Young {
  /** What so many further backups take. */
  window(count: number): Promise<IncrementCost>
  close(): void
}

/** @param program a plain program of `young-job.ts` */
export async function startYoung(program: string, task: SimulationTask): Promise<Young> {
  const child = fork(program, [JSON.stringify(task)])
  const answer = (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const ended = (code: number | null): void => reject(new Error(`The process of the young one ended with ${String(code)}.`))
      child.once('exit', ended)
      child.once('message', (message) => {
        child.off('exit', ended)
        resolve(message)
      })
    })
  await answer()
  return {
    async window(count) {
      const told = answer()
      child.send(count)
      return (await told) as IncrementCost
    },
    close: () => void child.disconnect(),
  }
}
