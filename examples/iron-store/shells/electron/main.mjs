// The shell for Electron: one window, and the program of `../../main.ts` in a process of its own.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { BrowserWindow, app, dialog, safeStorage, shell } from 'electron'

const resources = app.isPackaged ? process.resourcesPath : join(import.meta.dirname, '..')
const node = join(resources, app.isPackaged ? 'runtime' : 'runtime/dev', process.platform === 'win32' ? 'node.exe' : 'node')

let program
let window

// One program on one store. The second start shows the window of the first.
if (!app.requestSingleInstanceLock()) app.quit()
else {
  app.on('second-instance', () => {
    window?.restore()
    window?.focus()
  })
  app.whenReady().then(start).catch(fail)
}
app.on('window-all-closed', () => app.quit())
// The end of its input is the end of the program. It finishes what must not be left half-way.
app.on('before-quit', () => program?.stdin.end())

async function start() {
  const data = join(app.getPath('userData'), 'store')
  mkdirSync(data, { recursive: true })
  program = spawn(node, [join(resources, 'app/main.mjs'), '--shell', '--data', data, '--ui', join(resources, 'app/ui')], {
    stdio: ['pipe', 'pipe', 'inherit'],
    windowsHide: true,
  })
  program.once('error', fail)
  program.once('exit', (code) => code !== 0 && fail(new Error(`Iron Store ended with ${code}.`)))
  program.stdin.write(`${JSON.stringify({ key: keyOf(app.getPath('userData')) })}\n`)
  const line = await new Promise((resolve) => createInterface({ input: program.stdout }).once('line', resolve))
  show(JSON.parse(line).url)
}

/** Made once, and kept by the key store of the system: Keychain, DPAPI, Secret Service. */
function keyOf(folder) {
  // Without one, the program keeps a key in a file that only this user can read.
  if (!safeStorage.isEncryptionAvailable()) return undefined
  const file = join(folder, 'machine.key.sealed')
  if (existsSync(file)) {
    try {
      return safeStorage.decryptString(readFileSync(file))
    } catch {
      // A key store that was reset, or does not answer today: the program makes a key of its own, and asks for the recovery code.
      return undefined
    }
  }
  const key = randomBytes(32).toString('base64')
  writeFileSync(file, safeStorage.encryptString(key), { mode: 0o600, flag: 'wx' })
  return key
}

function show(url) {
  const { origin } = new URL(url)
  window = new BrowserWindow({
    width: 1280,
    height: 860,
    autoHideMenuBar: true,
    webPreferences: { sandbox: true, contextIsolation: true, nodeIntegration: false },
  })
  const isOurs = (address) => URL.canParse(address) && new URL(address).origin === origin
  // Nothing else comes into this window. People sign in with Google and Microsoft in the browser that they know.
  window.webContents.on('will-navigate', (event, address) => {
    if (isOurs(address)) return
    event.preventDefault()
    if (address.startsWith('https://')) void shell.openExternal(address)
  })
  window.webContents.setWindowOpenHandler(() => ({ action: 'deny' }))
  window.webContents.session.setPermissionRequestHandler((_contents, permission, answer) => answer(permission === 'clipboard-sanitized-write'))
  void window.loadURL(url)
}

function fail(error) {
  dialog.showErrorBox('Iron Store', String(error instanceof Error ? error.message : error))
  app.exit(1)
}
