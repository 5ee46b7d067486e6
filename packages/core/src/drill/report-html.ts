import type { DrillReport } from './report.ts'

/**
 * The report as a page of its own: one file that needs nothing else, to be sent, printed or filed. Says what the report says, and
 * nothing else; `mac` is at its end, so that the page can be compared with the evidence in the repository.
 *
 * @example
 * ```ts
 * await writeFile('drill.html', drillReportHtml(await backup.drill()))
 * ```
 */
export function drillReportHtml(report: DrillReport): string {
  const { snapshot, outcome, findings } = report
  const [word, sentence] = verdicts[outcome]
  const title = `Recovery drill of ${moment(report.time)}: ${word}`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<header class="${outcome}">
<p>Recovery drill</p>
<h1>${escaped(word)}</h1>
<p>${escaped(sentence)}</p>
</header>
${findings.length > 0 ? `<section><h2>Findings</h2><ul>${findings.map((text) => `<li>${escaped(text)}</li>`).join('')}</ul></section>` : ''}
<section><h2>Recovery time</h2><dl class="figures">${figures(report)}</dl></section>
${table('What was restored', [
  ['Data', `${snapshot.source.label} (${snapshot.source.name})`],
  ['Snapshot', snapshot.id],
  ['Taken', moment(snapshot.time)],
  ['Size', bytes(snapshot.sizeBytes)],
  ['Restored', bytes(report.restoredBytes)],
  ['Fetched', `${bytes(report.fetchedBytes)} from ${report.from}`],
  ['Examined', report.examined ? 'by the source, after every byte was authenticated' : 'every byte was authenticated'],
  ['Restored data', remains[report.scratch]],
])}
${report.counts ? table('Counted', Object.entries(report.counts).map(([what, count]) => [what, grouped(count)])) : ''}
${table('Evidence', [
  ['Began', moment(report.time)],
  ['By', report.actor],
  ['Reason', report.reason || 'none given'],
  ...(report.host === undefined ? [] : [['Machine', report.host] as const]),
  ['Repository', report.repository],
  ['Software', report.software],
  ['Key epoch', String(report.epoch)],
  ['HMAC-SHA-256', report.mac],
])}
</main>
</body>
</html>
`
}

const verdicts: Readonly<Record<DrillReport['outcome'], readonly [word: string, sentence: string]>> = {
  sound: ['Passed', 'The snapshot came back whole, and nothing was found to be wrong with it.'],
  damaged: ['Damaged', 'The snapshot did not come back as it should be. Do not rely on it.'],
  failed: ['Failed', 'The drill could not be carried out. It says nothing about the snapshot.'],
  refused: ['Refused', 'The drill was not carried out.'],
}

const remains: Readonly<Record<DrillReport['scratch'], string>> = {
  removed: 'removed',
  kept: 'kept, as was asked for; it is not encrypted',
  left: 'could not be removed; it is not encrypted: remove it',
  none: 'there was none',
}

function figures({ rtoMs, firstByteMs, bytesPerSecond, checkMs, predictedRtoMs }: DrillReport): string {
  const shown: [name: string, value: string][] = [
    ['All data in place (RTO)', rtoMs > 0 ? duration(rtoMs) : '–'],
    ['First byte', rtoMs > 0 ? duration(firstByteMs) : '–'],
    ['Speed', bytesPerSecond > 0 ? `${bytes(bytesPerSecond)}/s` : '–'],
    ['Newest snapshot would take', predictedRtoMs > 0 ? duration(predictedRtoMs) : '–'],
    ['Examination', checkMs > 0 ? duration(checkMs) : '–'],
  ]
  return shown.map(([name, value]) => `<div><dt>${escaped(name)}</dt><dd>${escaped(value)}</dd></div>`).join('')
}

function table(title: string, rows: readonly (readonly [name: string, value: string])[]): string {
  const lines = rows.map(([name, value]) => `<tr><th scope="row">${escaped(name)}</th><td>${escaped(value)}</td></tr>`)
  return `<section><h2>${escaped(title)}</h2><table>${lines.join('')}</table></section>`
}

/** `2026-11-22 13:45:10 UTC` */
function moment(time: string): string {
  return time.replace('T', ' ').replace(/\.\d{3}Z$/, ' UTC')
}

function duration(ms: number): string {
  if (ms < 10_000) return `${grouped(ms)} ms`
  if (ms < 120_000) return `${(ms / 1000).toFixed(1)} s`
  const minutes = Math.round(ms / 60_000)
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

function bytes(count: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB']
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, count)) / 3))
  return power === 0 ? `${count} bytes` : `${(count / 1000 ** power).toFixed(1)} ${units[power]}`
}

function grouped(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+(?!\d))/g, ',')
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function escaped(text: string): string {
  return String(text).replaceAll(/[&<>"']/g, (character) => entities[character]!)
}

const style = `
:root { color-scheme: light; --ink: #1a1d21; --soft: #5c6570; --line: #dfe3e8; }
* { box-sizing: border-box; }
body { margin: 0; background: #f3f5f7; color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 46rem; margin: 2rem auto; background: #fff; border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
header { padding: 1.5rem 2rem; color: #fff; background: #57606a; }
header.sound { background: #1a6b3c; }
header.damaged { background: #a3222b; }
header.failed, header.refused { background: #8a5a00; }
header p { margin: 0; }
h1 { margin: 0; font-size: 2rem; line-height: 1.25; }
section { padding: 1rem 2rem; border-top: 1px solid var(--line); break-inside: avoid; }
h2 { margin: 0 0 .5rem; font-size: 1rem; }
ul { margin: 0; padding-left: 1.2rem; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .25rem 0; text-align: left; vertical-align: top; font-weight: normal; }
th { width: 11rem; padding-right: 1rem; color: var(--soft); }
td { overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.figures { display: flex; flex-wrap: wrap; gap: 1rem 2rem; margin: 0; }
dt { color: var(--soft); font-size: .875rem; }
dd { margin: 0; font-size: 1.25rem; font-variant-numeric: tabular-nums; }
@media print {
  body { background: #fff; font-size: 11pt; }
  main { margin: 0; max-width: none; border: 0; }
  header { color: var(--ink) !important; background: #fff !important; border-bottom: 3px solid var(--ink); padding-left: 0; }
  section { padding-left: 0; padding-right: 0; }
}
`
