import { expect, test } from 'vitest'
import { drillReportHtml } from './report-html.ts'
import type { DrillReport } from './report.ts'

const report: DrillReport = {
  version: 1,
  kind: 'drill',
  repository: 'ab'.repeat(16),
  time: '2031-05-06T07:08:09.010Z',
  snapshot: { id: 'cd'.repeat(32), time: '2031-05-06T03:00:00.000Z', sizeBytes: 1_234_567_890, source: { name: 'sqlite', label: '/data/store.db' } },
  ok: true,
  outcome: 'sound',
  findings: [],
  examined: true,
  counts: { invoice: 1_234_567 },
  from: 'local:/mnt/usb/shop',
  restoredBytes: 1_234_567_890,
  fetchedBytes: 345_678,
  firstByteMs: 120,
  rtoMs: 125_000,
  checkMs: 12_300,
  bytesPerSecond: 9_876_543,
  predictedRtoMs: 11_000_000,
  scratch: 'removed',
  software: '@backup/core 1.2.3',
  actor: 'anna@example.org',
  reason: 'quarterly',
  epoch: 1,
  mac: 'ef'.repeat(32),
}

test('the page says what the report says, for people', () => {
  const page = drillReportHtml(report)
  const said = ['Passed', '2 min', '120 ms', '9.9 MB/s', '3 h 3 min', '12.3 s', '1.2 GB', '345.7 kB from local:/mnt/usb/shop', '1,234,567', 'anna@example.org', report.mac]
  for (const text of said) expect(page).toContain(text)
  expect(page).toContain('2031-05-06 07:08:09 UTC')
})

test('the page needs nothing from anywhere and runs nothing', () => {
  const page = drillReportHtml(report)
  expect(page).not.toMatch(/<script|<link|<img|src=|href=|url\(|@import|https?:/)
  expect(page).toMatch(/^<!doctype html>\n<html lang="en">/)
})

test('whatever the data is called, it stays text', () => {
  const evil = `<script>alert("1")</script>'&`
  const page = drillReportHtml({
    ...report,
    outcome: 'damaged',
    ok: false,
    findings: [evil],
    counts: { [evil]: 1 },
    actor: evil,
    reason: evil,
    host: evil,
    snapshot: { ...report.snapshot, source: { name: evil, label: evil } },
  })
  expect(page).not.toContain('<script')
  expect(page.split('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&amp;').length - 1).toBe(7)
})

test.each([
  ['damaged', 'Damaged'],
  ['failed', 'Failed'],
  ['refused', 'Refused'],
] as const)('a drill that ended %s is not mistaken for one that passed', (outcome, word) => {
  const page = drillReportHtml({ ...report, ok: false, outcome, rtoMs: 0, bytesPerSecond: 0, predictedRtoMs: 0 })
  expect(page).toContain(`<h1>${word}</h1>`)
  expect(page).not.toContain('Passed')
})
