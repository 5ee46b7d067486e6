/** Money is in cents, moments in milliseconds since 1970, so that every sum is exact. */
export const SCHEMA: string = `
  CREATE TABLE settings (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
  CREATE TABLE customers (
    id INTEGER PRIMARY KEY, number TEXT NOT NULL, name TEXT NOT NULL, street TEXT NOT NULL,
    postcode TEXT NOT NULL, city TEXT NOT NULL, email TEXT NOT NULL, phone TEXT, notes TEXT,
    balance_cents INTEGER NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
  );
  CREATE TABLE products (
    id INTEGER PRIMARY KEY, sku TEXT NOT NULL, ean TEXT NOT NULL, name TEXT NOT NULL, unit TEXT NOT NULL,
    description TEXT, price_cents INTEGER NOT NULL, cost_cents INTEGER NOT NULL, stock INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
  );
  CREATE TABLE invoices (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL, number TEXT NOT NULL,
    customer_id INTEGER NOT NULL REFERENCES customers, status TEXT NOT NULL, issued_on TEXT NOT NULL,
    due_on TEXT NOT NULL, currency TEXT NOT NULL, terms TEXT NOT NULL, total_cents INTEGER NOT NULL,
    paid_cents INTEGER NOT NULL, note TEXT, updated_at INTEGER NOT NULL
  );
  CREATE TABLE invoice_lines (
    id INTEGER PRIMARY KEY, invoice_id INTEGER NOT NULL REFERENCES invoices, position INTEGER NOT NULL,
    product_id INTEGER NOT NULL REFERENCES products, description TEXT NOT NULL, lot TEXT,
    quantity INTEGER NOT NULL, unit TEXT NOT NULL, unit_price_cents INTEGER NOT NULL, tax TEXT NOT NULL,
    total_cents INTEGER NOT NULL, updated_at INTEGER NOT NULL
  );
  CREATE TABLE payments (
    id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers,
    invoice_id INTEGER NOT NULL REFERENCES invoices, amount_cents INTEGER NOT NULL, paid_at INTEGER NOT NULL
  );
  CREATE UNIQUE INDEX products_sku ON products (sku);
  CREATE INDEX customers_name ON customers (name);
  CREATE UNIQUE INDEX invoices_number ON invoices (number);
  CREATE INDEX invoices_customer ON invoices (customer_id);
  CREATE INDEX invoice_lines_invoice ON invoice_lines (invoice_id);
  CREATE INDEX invoice_lines_product ON invoice_lines (product_id);
`
