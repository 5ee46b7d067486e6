import { DatabaseSync } from 'node:sqlite'

/**
 * A database whose contents can be checked at any moment: money moves between accounts, and none is made or lost. Every transaction keeps
 * all that {@link examineBank} asks for, so a snapshot that is of no single moment shows.
 */
export interface Bank {
  /** One transaction. */
  transfer(): void
  /** Transfers so far. */
  readonly made: number
  close(): void
}

const accounts = 200
const opening = 1_000
/** Older transfers are folded into what the accounts were opened with, so that pages become free and are used again. */
const keptTransfers = 12_000
const foldedAtATime = 500

export function openBank(path: string): Bank {
  const database = new DatabaseSync(path)
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = OFF;
    CREATE TABLE account (id INTEGER PRIMARY KEY, opening INTEGER NOT NULL, balance INTEGER NOT NULL);
    CREATE TABLE transfer (id INTEGER PRIMARY KEY, source INTEGER NOT NULL, target INTEGER NOT NULL, amount INTEGER NOT NULL, text TEXT NOT NULL);
    CREATE INDEX transfer_source ON transfer (source);
    CREATE TABLE book (made INTEGER NOT NULL, folded INTEGER NOT NULL);
    INSERT INTO book VALUES (0, 0);
    WITH RECURSIVE number (id) AS (VALUES (1) UNION ALL SELECT id + 1 FROM number WHERE id < ${accounts})
    INSERT INTO account SELECT id, ${opening}, ${opening} FROM number;
  `)
  const add = database.prepare('INSERT INTO transfer VALUES (?, ?, ?, ?, ?)')
  const move = database.prepare('UPDATE account SET balance = balance + ? WHERE id = ?')
  const note = database.prepare('UPDATE book SET made = made + 1')
  const some = (): number => 1 + Math.floor(Math.random() * accounts)
  let made = 0

  const fold = (): void => {
    const last = made - keptTransfers
    database.exec(`
      UPDATE account SET opening = opening
        - (SELECT coalesce(sum(amount), 0) FROM transfer WHERE source = account.id AND transfer.id <= ${last})
        + (SELECT coalesce(sum(amount), 0) FROM transfer WHERE target = account.id AND transfer.id <= ${last});
      DELETE FROM transfer WHERE id <= ${last};
      UPDATE book SET folded = ${last};
    `)
  }
  return {
    get made() {
      return made
    },
    transfer() {
      const [source, target, amount] = [some(), some(), Math.floor(Math.random() * 50)]
      database.exec('BEGIN IMMEDIATE')
      made++
      add.run(made, source, target, amount, `Transfer ${made} of ${amount} from ${source} to ${target}, ${Math.random()}.`.repeat(2))
      move.run(-amount, source)
      move.run(amount, target)
      note.run()
      if (made > keptTransfers && made % foldedAtATime === 0) fold()
      database.exec('COMMIT')
    },
    close: () => database.close(),
  }
}

/** @returns transfers so far, and what is wrong */
export function examineBank(path: string): { made: number; faults: string[] } {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    const one = (sql: string): Record<string, unknown> => database.prepare(sql).get() as Record<string, unknown>
    const faults = database.prepare('PRAGMA integrity_check').all().map(({ integrity_check: found }) => String(found)).filter((found) => found !== 'ok')
    const { made, folded } = one('SELECT * FROM book') as { made: number; folded: number }
    const { count, last } = one('SELECT count(*) AS count, coalesce(max(id), 0) AS last FROM transfer')
    const { total } = one('SELECT sum(balance) AS total FROM account')
    const { wrong } = one(`
      SELECT count(*) AS wrong FROM account
        LEFT JOIN (SELECT source AS id, sum(amount) AS gone FROM transfer GROUP BY source) USING (id)
        LEFT JOIN (SELECT target AS id, sum(amount) AS come FROM transfer GROUP BY target) USING (id)
        WHERE balance <> opening - coalesce(gone, 0) + coalesce(come, 0)`)
    if (Number(count) + folded !== made || (made > 0 && last !== made)) faults.push(`Of ${made} transfers, ${folded} are folded and ${count} there, the last is ${last}.`)
    if (total !== accounts * opening) faults.push(`There is ${total} in all accounts, and not ${accounts * opening}.`)
    if (wrong !== 0) faults.push(`${wrong} balances are not what the transfers add up to.`)
    return { made, faults }
  } finally {
    database.close()
  }
}
