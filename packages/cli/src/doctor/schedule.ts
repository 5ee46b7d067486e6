import { type Installed, type System, installedIn, systemHere } from '../config/os-schedule.ts'
import { type Check, ok, warn } from './check.ts'

/** Does the system start what has a schedule? It need not: the application may do that itself. */
export function checkSchedule(name: string, system: System = systemHere(), ask: (system: System, name: string) => Installed = installedIn): Check {
  const installed = ask(system, name)
  if (installed === 'waits') return ok(`${system} starts backups by itself: ${name}`)
  if (installed === 'stopped') return warn(`The timer ${name} of ${system} is there, and does not run.`, `Start it: systemctl --user enable --now ${name}.timer`)
  return ok(`the config has a schedule; ${system} does not start it, so the application has to, or "npx backup watch"; "npx backup schedule install" sets it up`)
}
