import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { judgeIsThere } from '@backup-internal/fakes/wire'
import { DOMParser, type Element } from '@xmldom/xmldom'
import * as plist from 'plist'
import { afterAll, describe, expect, test } from 'vitest'
import {
  type OsJob, type Schedule, crontabLine, launchdPlist, nextRuns, systemdUnits, windowsTask,
} from '../src/schedule/index.ts'

// What is generated is read by the programs it is for, or by parsers of its format.

const hasSystemd = judgeIsThere('systemd-analyze', answers('systemd-analyze', '--version'))
const hasCrontab = judgeIsThere('crontab', answers('sh', '-c', 'command -v crontab'))
const folder = mkdtempSync(join(tmpdir(), 'backup-install-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** All that is special to somebody: systemd, cron, shells, XML, Windows. */
const odd = [
  'a b', '', '%', '%h', '100%%', '$HOME', '${HOME}', '$$', '`id`', '$(id)', "it's", '"quoted"', 'a\\b', 'a\\\\b', '\\', '\\\\', '\\%',
  '\\\\%', 'end\\', 'sp end\\', '\\"', ';', '&&', '|', '>', '*', '~', '#', '!', '<&>', ']]>', 'ünï✓💾', '-x=1', "'", '"', "''", 'C:\\Program Files\\',
]
const job: OsJob = { name: 'shop', command: ['/usr/bin/printf', '%s\\n', ...odd], schedule: { daily: '03:00' }, zone: 'UTC' }

describe('a command reaches its program as it was given', () => {
  test.each([
    ['crons that take "\\\\" for one backslash', /\\([%\\])/g],
    ['crons that do not', /\\(%)/g],
  ])('through %s, and a shell', (_, taken) => {
    const line = crontabLine(job).split('\n')[1]!.replace('0 3 * * * ', '')
    expect(line.replace(/\\./g, '')).not.toContain('%')
    expect(execFileSync('/bin/sh', ['-c', line.replace(taken, '$1')], { encoding: 'utf8' })).toBe(`${odd.join('\n')}\n`)
  })

  test('through systemd', () => {
    const line = /^ExecStart=(.*)$/m.exec(systemdUnits(job)['shop.service']!)?.[1] ?? ''
    expect(unquoted(line)).toEqual(job.command)
  })

  test('through Windows', () => {
    const exec = xml(windowsTask(job)).getElementsByTagName('Exec')[0]!
    expect(textOf(exec, 'Command')).toBe('/usr/bin/printf')
    expect(commandLineToArgv(textOf(exec, 'Arguments'))).toEqual(job.command.slice(1))
  })

  test('through launchd', () => {
    expect(plist.parse(launchdPlist(job))).toMatchObject({ Label: 'shop', ProgramArguments: job.command })
  })
})

const schedules: readonly [Schedule, systemd: string, cron: string][] = [
  [{ every: '15m' }, '*-*-* *:00/15:00 UTC', '*/15 * * * *'],
  [{ every: '15m', anchor: '2026-01-01T00:05:00Z' }, '*-*-* *:05/15:00 UTC', '5-59/15 * * * *'],
  [{ every: '1m' }, '*-*-* *:*:00 UTC', '* * * * *'],
  [{ every: '1h' }, '*-*-* *:00:00 UTC', '0 * * * *'],
  [{ every: '6h', anchor: '2026-01-01T01:30:00Z' }, '*-*-* 01/6:30:00 UTC', '30 */6 * * *'],
  [{ every: '1d' }, '*-*-* 00:00:00 UTC', '0 0 * * *'],
  [{ daily: ['03:00', '15:30'] }, '*-*-* 03:00:00 UTC|*-*-* 15:30:00 UTC', '0 3 * * *|30 15 * * *'],
  [{ weekly: 'sunday 03:00' }, 'Sun *-*-* 03:00:00 UTC', '0 3 * * 0'],
  [{ cron: '*/20 7-9 * * MON-FRI' }, 'Mon,Tue,Wed,Thu,Fri *-*-* 07,08,09:00,20,40:00 UTC', '*/20 7-9 * * mon-fri'],
  [{ cron: '0  12 1,15 jan,7 7' }, '*-01,07-01,15 12:00:00 UTC|Sun *-01,07-* 12:00:00 UTC', '0 12 1,15 jan,7 7'],
  [{ cron: '@monthly' }, '*-*-01 00:00:00 UTC', '0 0 1 * *'],
  [{ cron: '5 0-23/8 */10 * *' }, '*-*-01,11,21,31 00,08,16:05:00 UTC', '5 0-23/8 */10 * *'],
]

describe.each(schedules)('%j', (schedule, systemd, cron) => {
  const timer = systemdUnits({ ...job, schedule })['shop.timer'] ?? ''
  const calendars = [...timer.matchAll(/^OnCalendar=(.*)$/gm)].map(([, calendar = '']) => calendar)

  test('reads so', () => {
    expect(calendars.join('|')).toBe(systemd)
    const lines = crontabLine({ ...job, command: ['true'], schedule }).trim().split('\n').slice(1)
    expect(lines.map((line) => line.replace(/ true$/, '')).join('|')).toBe(cron)
  })

  test.skipIf(!hasSystemd)('systemd comes to the same times', () => {
    const base = '2027-12-20 07:01:00'
    const found = calendars.flatMap((calendar) => systemdTimes(calendar, base))
    const expected = nextRuns(schedule, new Date(`${base}Z`), 6, { zone: 'UTC' }).map((time) => time.toISOString())
    expect([...new Set(found)].sort().slice(0, 6)).toEqual(expected)
  })

  test.skipIf(!hasCrontab)('crontab takes it', () => {
    const file = join(folder, 'crontab')
    writeFileSync(file, crontabLine({ ...job, schedule }))
    expect(() => execFileSync('crontab', ['-n', file], { stdio: 'pipe' })).not.toThrow()
    writeFileSync(file, crontabLine({ ...job, schedule }).replace(/^[^#]/m, 'nonsense '))
    expect(() => execFileSync('crontab', ['-n', file], { stdio: 'pipe' })).toThrow("can't install")
  })

  test('Windows and launchd get a file of their format', () => {
    const task = windowsTask({ ...job, schedule })
    expect(xml(task).getElementsByTagName('StartBoundary').length).toBeGreaterThan(0)
    const { StartInterval, StartCalendarInterval } = plist.parse(launchdPlist({ ...job, schedule: withoutAnchor(schedule) })) as Record<string, unknown>
    expect([StartInterval, StartCalendarInterval].filter((times) => times !== undefined)).toHaveLength(1)
  })
})

describe('systemd', () => {
  test.skipIf(!hasSystemd)('finds nothing to object to, in names that are odd too', () => {
    const place = join(folder, 'odd $x %h ü ;')
    mkdirSync(place)
    const program = join(place, 'tr$ue 100%')
    writeFileSync(program, '#!/bin/sh\n')
    chmodSync(program, 0o755)
    const schedule = { daily: '03:00', zone: 'Europe/Berlin', jitter: '20m' } as const
    const units = systemdUnits({ ...job, description: '50 % of "all"', command: [program, ...odd], folder: place, schedule }, { environmentFile: '/etc/hostname', user: 'root' })
    const files = Object.entries(units).map(([name, text]) => {
      writeFileSync(join(folder, name), text)
      return join(folder, name)
    })
    const verify = (): string =>
      execFileSync('sh', ['-c', 'systemd-analyze verify --man=no "$@" 2>&1 || true', 'sh', ...files], { encoding: 'utf8' })
    expect(verify()).toBe('')
    rmSync(program)
    expect(verify()).toContain(`Command ${program} is not executable`)
  })

  test('keeps zone and jitter', () => {
    const timer = systemdUnits({ ...job, schedule: { daily: '03:00', zone: 'Europe/Berlin', jitter: '20m' } })['shop.timer']
    expect(timer).toContain('OnCalendar=*-*-* 03:00:00 Europe/Berlin\nPersistent=true\n')
    expect(timer).toContain('RandomizedDelaySec=1200s\nFixedRandomDelay=true\n')
  })

  test('counts from the start of the machine where no calendar has the interval', () => {
    const timer = systemdUnits({ ...job, schedule: { every: '25m' } })['shop.timer']
    expect(timer).toContain('OnActiveSec=1500s\nOnUnitActiveSec=1500s\n')
    expect(timer).not.toContain('Persistent')
  })

  test('counts weeks', () => {
    const timer = systemdUnits({ ...job, schedule: { every: '1w', anchor: '2026-02-08T04:00:00Z' } })['shop.timer']
    expect(timer).toContain('OnCalendar=Sun *-*-* 04:00:00 UTC\n')
  })
})

describe('Windows', () => {
  const triggersOf = (schedule: Schedule): string => {
    const triggers = xml(windowsTask({ ...job, schedule })).getElementsByTagName('Triggers')[0]!
    return triggers.toString().replace(/ xmlns="[^"]*"/g, '').replace(/>\s+</g, '><')
  }

  test('repeats from the anchor on', () => {
    expect(triggersOf({ every: '25m', jitter: '5m', anchor: '2026-01-01T00:05:00Z' })).toBe(
      '<Triggers><TimeTrigger><Repetition><Interval>PT1500S</Interval></Repetition><StartBoundary>2026-01-01T00:05:00Z</StartBoundary>' +
        '<Enabled>true</Enabled><RandomDelay>PT300S</RandomDelay></TimeTrigger></Triggers>',
    )
  })

  test.each([
    [{ daily: '03:00' }, '<ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay>'],
    [{ weekly: 'sunday 03:00' }, '<DaysOfWeek><Sunday/></DaysOfWeek>'],
    [{ cron: '0 3 1 2 *' }, '<DaysOfMonth><Day>1</Day></DaysOfMonth><Months><February/></Months>'],
    [{ cron: '0 3 * 2 5' }, '<Week>Last</Week></Weeks><DaysOfWeek><Friday/></DaysOfWeek><Months><February/></Months>'],
  ] as const)('%j', (schedule, expected) => {
    const triggers = triggersOf(schedule)
    expect(triggers).toContain('<StartBoundary>2026-01-01T03:00:00</StartBoundary>')
    expect(triggers).toContain(expected)
  })

  test('puts settings where its schema has them, and never kills a backup that takes long', () => {
    const task = xml(windowsTask({ ...job, folder: 'C:\\Shop & Söhne' })).documentElement!
    expect([...task.childNodes].filter(({ nodeType }) => nodeType === 1).map(({ nodeName }) => nodeName)).toEqual([
      'RegistrationInfo', 'Triggers', 'Settings', 'Actions',
    ])
    expect(textOf(task, 'ExecutionTimeLimit')).toBe('PT0S')
    expect(textOf(task, 'StartWhenAvailable')).toBe('true')
    expect(textOf(task, 'WorkingDirectory')).toBe('C:\\Shop & Söhne')
  })
})

test('launchd has one entry for each moment, and either kind of day', () => {
  const times = (schedule: Schedule): unknown => (plist.parse(launchdPlist({ ...job, schedule })) as Record<string, unknown>)['StartCalendarInterval']
  expect(times({ cron: '0,30 3 * * *' })).toEqual([{ Hour: 3, Minute: 0 }, { Hour: 3, Minute: 30 }])
  expect(times({ cron: '0 3 1 * 0' })).toEqual([{ Day: 1, Hour: 3, Minute: 0 }, { Weekday: 0, Hour: 3, Minute: 0 }])
})

describe('refused, with what would do', () => {
  const all = { systemdUnits, crontabLine, windowsTask, launchdPlist }
  const shared: readonly [Partial<OsJob>, string, string][] = [
    [{ schedule: { adaptive: { min: '5m', max: '1h' } } }, 'schedule', 'how often makes sense'],
    [{ schedule: { cron: '0 0 30 2 *' } }, 'schedule.cron', 'never comes'],
    [{ schedule: { cron: '0 0 L * *' } }, 'schedule.cron', '"l"'],
    [{ name: '../etc/passwd' }, 'name', '"../etc/passwd"'],
    [{ command: ['/bin/true', 'two\nlines'] }, 'command', 'line breaks'],
    [{ command: ['/bin/true', '\ud800'] }, 'command', 'text'],
    [{ description: 'a\rb' }, 'command', 'line breaks'],
    [{ folder: '/tmp/\u0000' }, 'command', 'line breaks'],
    [{ command: [] as never }, 'command', 'a program'],
  ]
  const own: readonly [keyof typeof all, Partial<OsJob>, string, string][] = [
    ['systemdUnits', { command: ['node'] }, 'command', 'full path'],
    ['systemdUnits', { command: ['/opt/"x"/node'] }, 'command', 'without quotes'],
    ['crontabLine', { schedule: { every: '25m' } }, 'schedule.every', '25m'],
    ['crontabLine', { schedule: { daily: '03:00', zone: 'Asia/Tokyo' } }, 'schedule.zone', 'Asia/Tokyo'],
    ['crontabLine', { schedule: { daily: '03:00', jitter: '5m' } }, 'schedule.jitter', 'jitter'],
    ['windowsTask', { schedule: { daily: '03:00', zone: 'Asia/Tokyo' } }, 'schedule.zone', 'Asia/Tokyo'],
    ['windowsTask', { schedule: { every: '30s' } }, 'schedule.every', '30s'],
    ['windowsTask', { schedule: { cron: '*/15 * * * mon' } }, 'schedule', '96'],
    ['launchdPlist', { schedule: { daily: '03:00', zone: 'Asia/Tokyo' } }, 'schedule.zone', 'Asia/Tokyo'],
    ['launchdPlist', { schedule: { daily: '03:00', jitter: '5m' } }, 'schedule.jitter', 'jitter'],
    ['launchdPlist', { schedule: { cron: '0-58 0-23 1-20 * *' } }, 'schedule', '28320'],
    ['launchdPlist', { schedule: { every: '1h', anchor: '2026-01-01T00:05:00Z' } }, 'schedule.anchor', 'loaded'],
  ]
  const rows = [...Object.keys(all).flatMap((name) => shared.map((row) => [name as keyof typeof all, ...row] as const)), ...own]
  test.each(rows)('%s %j', (name, change, key, words) => {
    const expected = expect.objectContaining({ kind: 'config', key, message: expect.stringContaining(words) })
    expect(() => all[name]({ ...job, ...change })).toThrow(expected)
  })
})

function withoutAnchor(schedule: Schedule): Schedule {
  return 'every' in schedule ? { every: schedule.every } : schedule
}

function answers(program: string, ...args: string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

function systemdTimes(calendar: string, base: string): string[] {
  const text = execFileSync('systemd-analyze', ['calendar', '--iterations=6', `--base-time=${base}`, calendar], {
    encoding: 'utf8', env: { ...process.env, TZ: 'UTC', LC_ALL: 'C' },
  })
  return [...text.matchAll(/(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC$/gm)].map(([, date, time]) => `${date}T${time}.000Z`)
}

/** As systemd.service(5) describes it: quotes, backslashes, `%%`, and `$$` in arguments. */
function unquoted(line: string): string[] {
  const words = [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, bare]) => quoted?.replace(/\\(.)/g, '$1') ?? bare ?? '')
  return words.map((word, at) => {
    expect(word.replaceAll('%%', '')).not.toContain('%')
    if (at > 0) expect(word.replaceAll('$$', '')).not.toContain('$')
    const plain = word.replaceAll('%%', '%')
    return at === 0 ? plain : plain.replaceAll('$$', '$')
  })
}

/** https://learn.microsoft.com/en-us/windows/win32/api/shellapi/nf-shellapi-commandlinetoargvw */
function commandLineToArgv(line: string): string[] {
  const words: string[] = []
  let at = 0
  while (at < line.length) {
    if (line[at] === ' ') {
      at += 1
      continue
    }
    let [word, quoted] = ['', false]
    for (; at < line.length && (quoted || line[at] !== ' '); at++) {
      const slashes = /^\\*/.exec(line.slice(at))![0].length
      if (slashes > 0 && line[at + slashes] === '"') {
        word += '\\'.repeat(Math.floor(slashes / 2))
        at += slashes
        if (slashes % 2 === 1) word += '"'
        else quoted = !quoted
      } else if (slashes > 0) {
        word += '\\'.repeat(slashes)
        at += slashes - 1
      } else if (line[at] === '"') quoted = !quoted
      else word += line[at]
    }
    words.push(word)
  }
  return words
}

function xml(text: string): ReturnType<DOMParser['parseFromString']> {
  const problems: string[] = []
  const parsed = new DOMParser({ onError: (_, message) => void problems.push(message) }).parseFromString(text, 'text/xml')
  expect(problems).toEqual([])
  return parsed
}

function textOf(parent: Element, name: string): string {
  return parent.getElementsByTagName(name)[0]?.textContent ?? ''
}
