// Backs up store.db, which may be in use, and restores it next to the original. Run it as often as you like:
// each run stores only what has changed since the last one.
import { createBackup, passphrase } from '@backup/core'
import { local } from '@backup/local'
import { sqlite } from '@backup/sqlite'

const backup = createBackup({
  source: sqlite('store.db'),
  providers: [local('backups')],
  keys: passphrase(process.env.BACKUP_PASSPHRASE),
})

// Once for each repository; afterwards it does nothing. The recovery code is shown this one time: print it.
const { recoveryCode } = await backup.init()
if (recoveryCode) console.log(`If the passphrase is lost, this opens the backups: ${recoveryCode}`)

const snapshot = await backup.run()
console.log(`${snapshot.sizeBytes} bytes backed up, of which ${snapshot.freshBytes} were new`)

// All or nothing, and every byte is verified. Without `to`, it would go over store.db itself.
const restored = await backup.restore('latest', { to: 'restored.db', overwrite: true })
console.log(`restored to ${restored.place}`)

await backup.close()
