import { type SimulationTask, startSimulation } from './simulation.ts'

/** The other half of `startYoung`. */
process.once('disconnect', () => process.exit(0))
const task = JSON.parse(process.argv[2]!) as SimulationTask
const simulation = await startSimulation(task)
for (let run = 0; run < task.runs; run++) await simulation.step()
process.on('message', (count) => void simulation.window(count as number).then((cost) => process.send!(cost)))
process.send!('ready')
