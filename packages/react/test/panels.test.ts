import type { AuditPageJson, DrillListJson, LogPageJson, ProviderListJson, ScheduleJson } from '@backup/client'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { barriers, chrome, hasChromium, picture, seen } from './ui/chrome.ts'
import { type Shop, shop } from './ui/shop.ts'

// What each panel says, held against what the handler says, and what its buttons do.

const { visitAlso } = chrome()
const pressed = (page: Page, name: string | RegExp): Promise<void> => page.getByRole('button', { name, exact: true }).first().click()
const textsOf = (page: Page, selector: string): Promise<string[]> => page.locator(selector).allInnerTexts()

describe('in a dashboard of some days', () => {
  let store: Shop
  beforeAll(async () => {
    store = await shop({ days: 4, everyHours: 6 })
    return () => store.close()
  })
  const tab = async (name: string, options?: Parameters<Awaited<ReturnType<typeof visitAlso>>['open']>[1]): Promise<Page> => {
    const { open } = await visitAlso(store)
    const page = await open(`?tab=${name}`, options)
    await seen(page, 'Last good backup')
    await page.waitForFunction(() => !document.querySelector('.backup-waiting'))
    return page
  }
  const asked = async <Answer>(path: string): Promise<Answer> => (await store.handler(new Request(`http://localhost/api/backup/${path}`))).json() as Promise<Answer>

  test.skipIf(!hasChromium)('the size of the data, and what it costs, are drawn', async () => {
    const page = await tab('overview')
    const label = await page.getByRole('img', { name: /^Size: From / }).getAttribute('aria-label')
    const [from, to] = /From ([\d.]+) kB to ([\d.]+) kB/.exec(label!)!.slice(1).map(Number)
    expect(from).toBeGreaterThan(100)
    expect(to).toBeGreaterThan(from!)
    // Two lines, of as many points as can be told apart.
    const lines = await page.locator('.backup-plot-line').evaluateAll((all) => all.map((one) => one.getAttribute('d')!.split('L').length))
    expect(lines).toHaveLength(2)
    expect(Math.min(...lines)).toBeGreaterThan(10)
    await pressed(page, 'Cost')
    await page.getByRole('img', { name: 'Cost a month' }).waitFor()
    expect(await textsOf(page, '.backup-plot-max')).toEqual([expect.stringContaining('€')])
    await page.locator('.backup-plot-area').hover({ position: { x: 5, y: 60 } })
    await seen(page, /Cost a month: .*€/)
  })

  test.skipIf(!hasChromium)('of each place it is said how full it is', async () => {
    const page = await tab('storage')
    const { providers } = await asked<ProviderListJson>('providers')
    const shares = await page.getByRole('meter', { name: 'Room' }).evaluateAll((all) => all.map((one) => (one as HTMLMeterElement).value))
    expect(shares).toHaveLength(2)
    for (const [at, share] of shares.entries()) expect(share).toBeCloseTo(providers[at]!.usedShare!, 1)
    expect((await textsOf(page, '.backup-card-foot'))[0]).toMatch(/[\d.,]+ [GT]B of [\d.,]+ [GT]B used\s+[\d.,]+ [GT]B free/)
  })

  test.skipIf(!hasChromium)('restores are rehearsed, and what they took is told', async () => {
    const page = await tab('drills')
    const rows = page.locator('.backup-table tbody tr')
    for (const count of [1, 2]) {
      await pressed(page, 'Rehearse now')
      await rows.nth(count - 1).waitFor()
      await page.getByRole('list', { name: 'Under way' }).waitFor({ state: 'detached' })
    }
    const { drills } = await asked<DrillListJson>('drills')
    expect(drills.map(({ outcome }) => outcome)).toEqual(['sound', 'sound'])
    const cells = await rows.first().locator('td').allInnerTexts()
    expect(cells[1]).toBe('Sound')
    expect(cells[2]).toMatch(/^[\d.]+ (ms|sec)/)
    expect(cells[5]).toMatch(/^1,\d{3} rows$/)
    await page.getByRole('img', { name: /^Time that restores took\. Last measured: [\d.]+ (ms|sec)/ }).waitFor()
    await picture(page, 'panel-drills')
  })

  test.skipIf(!hasChromium)('a backup is put on hold, released, removed and brought back, each with a reason that the trail keeps', async () => {
    const page = await tab('backups')
    const oldest = page.locator('.backup-snapshot').last()
    const done = async (button: RegExp | string, confirm: string, why: string): Promise<void> => {
      await pressed(page, button)
      await page.getByLabel('Why?').fill(why)
      await page.locator('dialog[open]').getByRole('button', { name: confirm, exact: true }).click()
      await page.locator('dialog[open]').waitFor({ state: 'detached' })
    }
    const total = (await store.backup.snapshots()).length
    await oldest.getByRole('button', { name: /^Details/ }).click()
    await done('Hold…', 'Put on hold', 'The audit of the year.')
    await oldest.getByText('On hold', { exact: true }).waitFor()
    expect(await oldest.getByRole('button', { name: 'Remove…' }).count()).toBe(0)
    await done('Release the hold…', 'Release the hold', 'The audit is over.')
    await oldest.getByText('On hold', { exact: true }).waitFor({ state: 'detached' })
    await done('Remove…', 'Remove', 'It was made by mistake.')
    await seen(page, `${total - 1} of ${total - 1}`)
    await seen(page, 'It was made by mistake.')
    expect(await store.backup.snapshots()).toHaveLength(total - 1)
    await done(/^Bring back…/, 'Bring back', 'It is needed after all.')
    await seen(page, `${total} of ${total}`)
    expect(await store.backup.snapshots()).toHaveLength(total)

    await page.getByRole('tab', { name: 'Activity' }).click()
    await seen(page, 'The audit of the year.')
    const rows = await page.getByRole('group', { name: 'Audit trail' }).locator('tbody tr').evaluateAll((all) => all.map((one) => [...one.children].slice(1).map((cell) => (cell as HTMLElement).innerText)))
    expect(rows.slice(0, 4)).toEqual([
      ['anna@iron-store.example', 'brought removed backups back', 'It is needed after all.'],
      ['anna@iron-store.example', 'removed backups', 'It was made by mistake.'],
      ['anna@iron-store.example', 'released a hold', 'The audit is over.'],
      ['anna@iron-store.example', 'put backups on hold', 'The audit of the year.'],
    ])
    expect(rows).toHaveLength((await asked<AuditPageJson>('audit')).entries.length)
    await pressed(page, 'Check the trail')
    await seen(page, 'Nothing was changed in it or taken out of it.')
    await picture(page, 'panel-audit')
  })

  test.skipIf(!hasChromium)('a trail that somebody has changed is told of', async () => {
    const place = await visitAlso(store)
    place.instead = async (request) => (request.url.endsWith('/audit/verify') ? Response.json({ ok: false, findings: [] }) : undefined)
    const page = await place.open('?tab=activity')
    await pressed(page, 'Check the trail')
    await seen(page, 'It is not as it was written.')
  })

  test.skipIf(!hasChromium)('what happened is told in the order of time, with places by their names', async () => {
    const page = await tab('activity')
    store.cloud('fails')
    store.sell(5)
    await store.backup.run()
    await seen(page, 'Google Drive does not work')
    store.cloud('works')
    await store.backup.sync()
    await seen(page, 'Google Drive works again')
    const { entries } = await asked<LogPageJson>('events')
    const { providers } = await asked<ProviderListJson>('providers')
    const titles = entries.map(({ title }) => providers.reduce((text, { location, name }) => text.replaceAll(location, name === 'gdrive' ? 'Google Drive' : 'Disk'), title))
    await expect.poll(() => textsOf(page, '.backup-log-title')).toEqual(titles)
    const technical = page.locator('.backup-log').getByText('socket hang up').or(page.locator('.backup-log [lang=en]')).first()
    expect(await technical.isVisible()).toBe(false)
    expect(await barriers(page)).toEqual([])
    await picture(page, 'panel-log')
  })

  test.skipIf(!hasChromium)('the schedule is paused, and goes on', async () => {
    await store.schedule()
    const page = await tab('settings')
    const card = page.locator('.backup-card').filter({ hasText: 'every 15 min' }).first()
    const stateOf = async (): Promise<boolean> => (await asked<ScheduleJson>('schedule')).jobs.find(({ name }) => name === 'backup')!.pausedSince !== undefined
    await card.getByRole('button', { name: 'Pause…' }).click()
    await page.getByLabel('Why?').fill('The disk is being replaced.')
    await page.getByRole('dialog').getByRole('button', { name: 'Pause', exact: true }).click()
    await card.getByText(/^paused /).waitFor()
    await seen(page, 'The schedule is paused')
    expect(await stateOf()).toBe(true)
    await picture(page, 'panel-schedule')
    await card.getByRole('button', { name: 'Resume' }).click()
    await card.getByText(/^paused /).waitFor({ state: 'detached' })
    expect(await stateOf()).toBe(false)
  })

  test.skipIf(!hasChromium)('a clean-up says what goes and what stays, and moves it to the trash', async () => {
    const page = await tab('retention')
    const soon = await page.locator('.backup-soon > li').evaluateAll((all) => all.map((one) => [...one.children].map((cell) => Math.round(cell.getBoundingClientRect().left))))
    expect(soon.length).toBeGreaterThan(2)
    expect(new Set(soon.map(String)).size).toBe(1)
    const before = (await store.backup.snapshots()).length
    await pressed(page, 'Clean up now…')
    const said = await page.getByText(/go to the trash, \d+ stay\./).innerText()
    const [drop, keep] = /^(\d+) backups? go to the trash, (\d+) stay\.$/.exec(said)!.slice(1).map(Number)
    expect(drop).toBeGreaterThan(2)
    expect(drop! + keep!).toBe(before)
    expect(await barriers(page)).toEqual([])
    await page.getByLabel('Why?').fill('The disk is small.')
    await pressed(page, 'Move to the trash')
    await page.getByText(`${keep} of ${keep}`).first().waitFor()
    expect(await store.backup.snapshots()).toHaveLength(keep!)
    expect((await store.backup.trash()).length).toBe(drop)
  })

  test.skipIf(!hasChromium)('where the system chooses the colours, each state of a day has a shape of its own, and what is chosen can be seen', async () => {
    const page = await tab('overview', { forcedColors: 'active' })
    const mark = page.locator('.backup-strip button').nth(15)
    const looks = new Map<string, string>()
    const box = (await mark.boundingBox())!
    const clip = { x: box.x - 2, y: box.y - 2, width: box.width + 4, height: box.height + 4 }
    for (const state of ['good', 'failed', 'overdue', 'suspect', 'none', 'gone']) {
      await mark.evaluate((one, next) => {
        one.style.visibility = next === 'gone' ? 'hidden' : 'visible'
        one.dataset['state'] = next
      }, state)
      looks.set(state, (await page.screenshot({ clip })).toString('base64'))
    }
    expect(new Set(looks.values()).size).toBe(looks.size)
    await mark.evaluate((one) => void (one.style.visibility = 'visible'))
    const legend = await page.locator('.backup-legend li').evaluateAll((all) => all.map((one) => getComputedStyle(one, '::before')).map(({ borderTopStyle, borderTopWidth, backgroundImage, backgroundColor }) => `${borderTopStyle} ${borderTopWidth} ${backgroundImage} ${backgroundColor}`))
    expect(new Set(legend).size).toBe(4)
    expect(legend.filter((look) => look.includes('none 0px'))).toEqual([])
    const underline = (name: string): Promise<string> => page.getByRole('tab', { name }).evaluate((one) => getComputedStyle(one).borderBottomColor)
    expect(await underline('Overview')).not.toBe(await underline('Backups'))
    await picture(page, 'contrast-overview')
    await page.getByRole('tab', { name: 'Storage' }).click()
    await page.getByRole('meter').first().waitFor()
    await picture(page, 'contrast-storage')
  })

  test.skipIf(!hasChromium)('nothing moves for who does not want that', async () => {
    const page = await tab('overview', { reducedMotion: 'no-preference' })
    store.sell(50)
    store.disk('hangs')
    store.cloud('hangs')
    await pressed(page, 'Back up now')
    await page.locator('.backup-pulse').waitFor()
    const moving = (): Promise<number> => page.evaluate(() => document.getAnimations().filter(({ playState }) => playState === 'running').length)
    await expect.poll(moving).toBeGreaterThan(0)
    await page.emulateMedia({ reducedMotion: 'reduce' })
    await expect.poll(moving).toBe(0)
    expect(await page.locator('.backup-pulse').count()).toBe(1)
    store.disk('works')
    store.cloud('works')
    await page.getByRole('list', { name: 'Under way' }).waitFor({ state: 'detached' })
  })

  test.skipIf(!hasChromium)('after a restore the application is started anew at the press of a button', async () => {
    const place = await visitAlso(store)
    // As of a restore that replaces a file: this one went through SQLite, and needs none.
    place.instead = async (request) => {
      if (request.url.endsWith('/events/stream')) return new Response('', { status: 503 })
      if (!request.url.includes('/jobs')) return undefined
      const told = await (await store.handler(request)).text()
      return new Response(told.replaceAll('"requiresRestart":false', '"requiresRestart":true'), { headers: { 'content-type': 'application/json' } })
    }
    const page = await place.open('?tab=backups')
    await page.getByRole('button', { name: /^Restore…/ }).first().click()
    await seen(page, 'What is there now is backed up first')
    store.database.close()
    await page.getByLabel('Why?').fill('The price list was ruined.')
    await pressed(page, 'Restore now')
    await seen(page, 'The application has to be started anew')
    expect(await page.locator('body[data-restarted]').count()).toBe(0)
    await pressed(page, 'Restart now')
    expect(await page.locator('body[data-restarted]').count()).toBe(1)
  })
})
