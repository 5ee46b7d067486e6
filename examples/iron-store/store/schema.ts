/** Says in the header of the file whose database this is: "Iron". */
export const applicationId = 0x49726f6e

/**
 * What each version of the program adds. A file remembers in `user_version` how many of them it has, so a backup of long ago is brought up
 * to date when it is opened. Those that were shipped are never changed.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE shop (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    name TEXT NOT NULL, address TEXT NOT NULL, tax_id TEXT NOT NULL, currency TEXT NOT NULL
  ) STRICT;
  INSERT INTO shop VALUES (1, 'Iron Store', '', '', 'EUR');

  CREATE TABLE product (
    id INTEGER PRIMARY KEY,
    sku TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
    price_cents INTEGER NOT NULL CHECK (price_cents >= 0),
    tax_permille INTEGER NOT NULL CHECK (tax_permille BETWEEN 0 AND 999),
    stock INTEGER NOT NULL DEFAULT 0, low_at INTEGER NOT NULL DEFAULT 0
  ) STRICT;

  CREATE TABLE customer (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL, address TEXT NOT NULL, email TEXT NOT NULL, phone TEXT NOT NULL
  ) STRICT;

  CREATE TABLE invoice (
    id INTEGER PRIMARY KEY,
    year INTEGER NOT NULL, sequence INTEGER NOT NULL,
    issued_at TEXT NOT NULL,
    customer_id INTEGER NOT NULL REFERENCES customer,
    customer_name TEXT NOT NULL, customer_address TEXT NOT NULL,
    net_cents INTEGER NOT NULL, tax_cents INTEGER NOT NULL,
    note TEXT NOT NULL,
    cancels INTEGER UNIQUE REFERENCES invoice,
    UNIQUE (year, sequence)
  ) STRICT;
  CREATE INDEX invoice_of_customer ON invoice (customer_id);
  CREATE INDEX invoice_by_time ON invoice (issued_at);

  CREATE TABLE invoice_line (
    invoice_id INTEGER NOT NULL REFERENCES invoice, position INTEGER NOT NULL,
    product_id INTEGER NOT NULL REFERENCES product, sku TEXT NOT NULL, name TEXT NOT NULL,
    quantity INTEGER NOT NULL, price_cents INTEGER NOT NULL, tax_permille INTEGER NOT NULL,
    PRIMARY KEY (invoice_id, position)
  ) STRICT, WITHOUT ROWID;

  -- Why the stock of a product is what it is: its sum is the stock.
  CREATE TABLE stock_move (
    id INTEGER PRIMARY KEY,
    product_id INTEGER NOT NULL REFERENCES product, change INTEGER NOT NULL, reason TEXT NOT NULL,
    invoice_id INTEGER REFERENCES invoice, at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX stock_move_of_product ON stock_move (product_id);

  -- The last number that was given out in a year.
  CREATE TABLE invoice_counter (year INTEGER PRIMARY KEY, last INTEGER NOT NULL) STRICT;
  -- Numbers that were given out and of which there is no invoice, each with the reason.
  CREATE TABLE void_number (year INTEGER NOT NULL, sequence INTEGER NOT NULL, reason TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (year, sequence)) STRICT;

  CREATE TRIGGER invoice_stays BEFORE DELETE ON invoice BEGIN SELECT RAISE(ABORT, 'Invoices are cancelled, never deleted.'); END;
  CREATE TRIGGER invoice_line_stays BEFORE DELETE ON invoice_line BEGIN SELECT RAISE(ABORT, 'Invoices are cancelled, never deleted.'); END;
  `,
]
