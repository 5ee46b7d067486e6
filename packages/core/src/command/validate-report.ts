import type { MeasuredCalls, ValidatedTest, ValidationPlan, ValidationReport } from '../testing/index.ts'

const marks: Readonly<Record<ValidatedTest['outcome'], string>> = {
  passed: 'ok  ',
  failed: 'FAIL',
  off: 'off ',
  'needs a fake': 'fake',
  'not run': '-   ',
}

export function planLine({ tests, off, needFake, sentBytes, receivedBytes }: ValidationPlan): string {
  const left = `${off} are off, ${needFake} need a fake that fails on demand`
  return `${tests} tests (${left}); about ${size(sentBytes)} go up and ${size(receivedBytes)} come down`
}

export function testLine({ outcome, name, rows, reason, milliseconds }: ValidatedTest): string {
  const where = rows.length > 0 ? ` [${rows.join(', ')}]` : ''
  const took = outcome === 'passed' || outcome === 'failed' ? ` ${milliseconds} ms` : ''
  return `${marks[outcome]} ${name}${where}${took}${reason === undefined ? '' : `\n       ${reason}`}`
}

export function reportLines(report: ValidationReport): string[] {
  const { observed, declared, differences, leftovers, places } = report
  return [
    '',
    `${report.provider}: ${report.passed} passed, ${report.failed} failed, ${report.off} off, ` +
      `${report.needFake} need a fake${report.cancelled ? ', cancelled' : ''}`,
    `moved: ${size(report.sentBytes)} up, ${size(report.receivedBytes)} down`,
    ...(observed ? Object.entries(observed.calls).map(([name, calls]) => callLine(name, calls)) : []),
    ...(observed
      ? [
          `  a new object was listed after ${observed.listLagMs} ms (declared: ${declared.listLagMs})`,
          `  1 KiB of 4 MiB took ${Math.round(observed.rangeShare * 100)} % of the time` +
            ` (rangedGet: ${declared.rangedGet})`,
          `  hash in stat: ${observed.statHash} (declared: ${declared.serverHash})`,
          `  usage: ${usageText(observed.usage)}`,
        ]
      : []),
    ...differences.map((line) => `differs: ${line}`),
    ...leftovers.map((line) => `LEFT OVER: ${line}`),
    ...(leftovers.length === 0
      ? ['nothing is left over; these places are empty and may be removed:']
      : ['places:']),
    ...places.map((place) => `  ${place}`),
  ]
}

function callLine(name: string, { medianMs, longestMs, bytesPerSecond }: MeasuredCalls): string {
  const rate = bytesPerSecond === undefined ? '' : `, ${size(bytesPerSecond)}/s`
  return `  ${name.padEnd(6)} ${String(medianMs).padStart(8)} ms (median), ${longestMs} ms (longest)${rate}`
}

function usageText(usage: Readonly<Record<string, unknown>> | object | undefined): string {
  const told = Object.entries(usage ?? {}).map(([what, bytes]) => `${what} ${size(Number(bytes))}`)
  return told.length > 0 ? told.join(', ') : 'not told'
}

function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  const units = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB']
  let value = bytes / 1024
  let at = 0
  for (; value >= 1024 && at < units.length - 1; at++) value /= 1024
  return `${value.toFixed(value < 10 ? 1 : 0)} ${units[at]}`
}
