import type { Contents, Item, SnapshotView } from '../worker/protocol.ts'
import { ask, onRemark, Trouble } from './ask.ts'
import { filesBelow, filesOf, pickers, unlessClosed } from './picked-files.ts'
import { filePlace, folderPlace, newFolder } from './places.ts'
import { busy, doing } from './progress.ts'
import { save } from './save.ts'
import { showSnapshots } from './snapshots.ts'
import { byId, count, element, size, when } from './text.ts'

type Step = 'folder' | 'secret' | 'snapshots' | 'items'
const steps: readonly Step[] = ['folder', 'secret', 'snapshots', 'items']

let snapshot: SnapshotView
let contents: Contents

/** Shows a step, of those before it what was chosen there, of those after it nothing, and leads there. */
function go(to: Step): void {
  for (const [at, step] of steps.entries()) {
    const isDone = at < steps.indexOf(to)
    byId(step).hidden = at > steps.indexOf(to)
    byId(step).querySelector<HTMLElement>('.open')!.hidden = isDone
    const done = byId(step).querySelector<HTMLElement>('.done')
    if (done) done.hidden = !isDone
  }
  byId(`${to}-title`).focus({ preventScroll: true })
  byId(to).scrollIntoView({ block: 'nearest' })
}

/** What was chosen in a step. */
function settle(step: Step, text: string): void {
  byId(step).querySelector('.done span')!.textContent = text
}

for (const step of steps) {
  const change = byId(step).querySelector<HTMLButtonElement>('.done button')
  if (!change) continue
  change.setAttribute('aria-describedby', `${step}-title`)
  change.onclick = () => {
    if (busy()) return
    result('')
    go(step)
  }
}

/** One thing that somebody asked for. What is wrong is said where he asked. */
async function attempt(step: Step, text: string, work: () => Promise<void>): Promise<void> {
  if (busy()) return
  const told = byId(step).querySelector('.told')!
  told.textContent = ''
  result('')
  try {
    await doing(text, work)
  } catch (error) {
    told.textContent = error instanceof Trouble ? error.message : `${String(error)}\n${(error as Error).stack ?? ''}`
    told.scrollIntoView({ block: 'nearest' })
  }
}

/** @param partly it is not all that somebody wanted */
function result(text: string, partly = false): void {
  byId('result').textContent = text
  byId('result').classList.toggle('partly', partly)
  byId('result').scrollIntoView({ block: 'nearest' })
}

/** More of them nobody reads. */
const mostRemarks = 200

function remark(text: string): void {
  const list = byId('remark-list')
  byId('remarks').hidden = false
  if (list.childElementCount < mostRemarks) list.append(element('li', text))
  else if (list.childElementCount === mostRemarks) list.append(element('li', 'And more like these.'))
}

function forgetRemarks(): void {
  byId('remarks').hidden = true
  byId('remark-list').replaceChildren()
}

async function openFolder(files: ReadonlyMap<string, Blob>): Promise<void> {
  forgetRemarks()
  const { root, created, bytes } = await ask('open', files)
  settle('folder', `${root}: a backup begun on ${when(created)}, ${count(files.size, 'file', 'files')}, ${size(bytes)}`)
  go('secret')
  byId('word').focus()
}

async function openSecret(): Promise<void> {
  const word = byId<HTMLInputElement>('word')
  if (word.value === '') throw new Trouble('Nothing is typed yet.')
  forgetRemarks()
  const { snapshots, incomplete } = await ask('unlock', word.value)
  // Nobody needs it here any more.
  word.value = ''
  settle('secret', 'It is right.')
  if (incomplete > 0) remark(count(incomplete, 'run that did not come to its end is left out.', 'runs that did not come to their end are left out.'))
  showSnapshots(snapshots)
  go('snapshots')
}

async function openSnapshot(chosen: SnapshotView): Promise<void> {
  snapshot = chosen
  forgetRemarks()
  contents = await ask('choose', chosen.id)
  const whole = contents.items.filter(({ damage }) => damage === undefined).length
  settle('snapshots', `${when(chosen.time)}: ${[chosen.label, chosen.note].filter((text) => text !== '').join(': ')}`)
  if (contents.missing.length > 0) remark(`Snapshots of this backup need objects that are not here. Another copy may have them:\n${contents.missing.join('\n')}`)
  byId('contents').replaceChildren(...contents.items.map(line))
  byId('save-all').hidden = pickers.showDirectoryPicker === undefined || whole === 0
  go('items')
}

function line(item: Item, number: number): HTMLElement {
  const row = element('li')
  const { files = 0, folders = 0, links = 0 } = item
  const tree = `${count(files, 'file', 'files')}, ${count(folders, 'folder', 'folders')}${links > 0 ? `, ${count(links, 'link', 'links')}` : ''}, `
  row.append(element('strong', item.name), element('span', `${item.type === 'tree' ? tree : ''}${size(item.bytes)}`, 'meta'))
  if (item.damage !== undefined) {
    row.append(element('span', `It cannot be restored from here: ${item.damage}. Other snapshots, or another copy of the backup, may have it.`, 'meta bad'))
    return row
  }
  const button = (text: string, work: () => Promise<void>): void => {
    const made = element('button', text)
    made.type = 'button'
    made.setAttribute('aria-label', `${text} ${item.name}`)
    made.onclick = () => void attempt('items', 'Waiting for you to choose a place…', work)
    buttons.append(made)
  }
  const buttons = element('div', '', 'row')
  if (item.type === 'stream') button('Save…', () => saveFile(item, number))
  else {
    if (pickers.showDirectoryPicker) button('Save as a folder…', () => saveFolder([number]))
    button('Save as an archive (.tar)…', () => saveFile(item, number))
  }
  row.append(buttons)
  return row
}

async function saveFile(item: Item, number: number): Promise<void> {
  const place = await filePlace(item.type === 'tree' ? `${item.fileName}.tar` : item.fileName)
  if (!place) return
  forgetRemarks()
  await save(place, item, number, item.type === 'tree' ? 'tar' : 'stream', remark)
  result(`Saved: ${place.name}. Every byte is what was backed up.`)
}

async function saveFolder(numbers: readonly number[]): Promise<void> {
  const folder = await newFolder(`restored ${new Date(snapshot.time).toLocaleString('sv').replaceAll(':', '.')}`)
  if (!folder) return
  forgetRemarks()
  let left = 0
  for (const number of numbers) {
    const item = contents.items[number]!
    const place = await folderPlace(folder, item, (path, why) => {
      left++
      remark(`${item.name}: ${path} ${why}.`)
    })
    await save(place, item, number, item.type === 'tree' ? 'entries' : 'stream', remark)
  }
  const rest = left > 0 ? ` ${count(left, 'entry of a tree was', 'entries of trees were')} left out; below is which, and why.` : ''
  result(`Saved in the folder "${folder.name}". Every byte is what was backed up.${rest}`, left > 0)
}

const input = byId<HTMLInputElement>('files')
byId('pick').onclick = () => {
  if (!pickers.showDirectoryPicker) return input.click()
  void attempt('folder', 'Reading the folder…', async () => {
    const handle = await unlessClosed(pickers.showDirectoryPicker!({ id: 'backup', mode: 'read' }))
    if (handle) await openFolder(await filesBelow(handle, () => {}))
  })
}
byId('pick-other').hidden = pickers.showDirectoryPicker === undefined
byId('pick-other').onclick = () => input.click()
input.onchange = () => {
  const files = filesOf(input)
  // The same folder may be chosen again when something in it was mended.
  input.value = ''
  if (files.size > 0) void attempt('folder', 'Reading the folder…', () => openFolder(files))
}
byId('unlock').onsubmit = (event) => {
  event.preventDefault()
  void attempt('secret', 'Checking the secret, which takes a few seconds…', openSecret)
}
byId('show-word').onchange = ({ target }) => {
  byId<HTMLInputElement>('word').type = (target as HTMLInputElement).checked ? 'text' : 'password'
}
byId('choose').onsubmit = (event) => {
  event.preventDefault()
  const chosen = showSnapshots.chosen()
  void attempt('snapshots', 'Looking where everything lies…', async () => {
    if (!chosen) throw new Trouble('Choose a line first.')
    await openSnapshot(chosen)
  })
}
byId('save-all').onclick = () => {
  const numbers = contents.items.flatMap(({ damage }, number) => (damage === undefined ? [number] : []))
  void attempt('items', 'Waiting for you to choose a folder…', () => saveFolder(numbers))
}
onRemark(remark)
