import type {
  CellJson,
  RowBackJson,
  RowChangeJson,
  RowDiffJson,
  RowDiffQuery,
  RowJson,
  RowKeyJson,
  RowPageJson,
  RowPageQuery,
  RowPlanBody,
  RowPlanJson,
  RowRestoreBody,
  RowRestoreJson,
  SqlValueJson,
  TableChangeJson,
  TableDiffJson,
  TableDiffQuery,
  TableJson,
  TableListJson,
} from '../wire/travel.ts'
import { type Schema, amount, either, flag, list, loosely, named, object, oneOf, optional, recordOf, text, whole, words } from './schema.ts'
import { confirm, confirmed, snapshotId } from './snapshots.ts'

const plain: Schema<null | number | string> = loosely({ type: ['null', 'number', 'string'] })
const integer: Schema<{ readonly integer: string }> = object<{ readonly integer: string }>({ integer: { ...text(), pattern: '^-?[0-9]{1,19}$' } })
const real: Schema<{ readonly real: string }> = object<{ readonly real: string }>({ real: oneOf('Infinity', '-Infinity', 'NaN') as Schema<string> })
const bytes: Schema<{ readonly base64: string }> = object<{ readonly base64: string }>({ base64: text() })

const value: Schema<SqlValueJson> = named(
  'SqlValue',
  either<[null | number | string, { readonly integer: string }, { readonly real: string }, { readonly base64: string }]>(plain, integer, real, bytes),
)

type LongText = Extract<CellJson, { readonly text: string }>
type LongBytes = Extract<CellJson, { readonly bytes: number }>
const cell: Schema<CellJson> = named(
  'Cell',
  either<[SqlValueJson, LongText, LongBytes]>(
    value,
    object<LongText>({ text: text(), characters: amount() }, 'The beginning of a long text.'),
    object<LongBytes>({ base64: text(), bytes: amount() }, 'The beginning of many bytes.'),
  ),
)

const row: Schema<RowJson> = recordOf(cell)
const key: Schema<RowKeyJson> = list(value, { minItems: 1, maxItems: 100 })
const table = words(1000, 'Name of a table.')

const described: Schema<TableJson> = named(
  'Table',
  object<TableJson>({ name: text(), columns: list(object<TableJson['columns'][number]>({ name: text(), type: text(), key: flag() })) }),
)

export const tableList: Schema<TableListJson> = object<TableListJson>({ tables: list(described) })

export const rowKey: Schema<RowKeyJson> = key

export const rowPageQuery: Schema<RowPageQuery> = object<RowPageQuery>({
  from: optional(words(10_000, 'JSON of a key, or of its first values.')),
  after: optional(words(10_000, 'JSON of a key.')),
  limit: optional(whole(1, 200)),
})

export const rowPage: Schema<RowPageJson> = named(
  'RowPage',
  object<RowPageJson>({
    snapshot: text(),
    table: text(),
    columns: list(text()),
    key: list(text()),
    rows: list(object<RowPageJson['rows'][number]>({ key, row })),
    isMore: flag(),
  }),
)

const counts = { added: amount(), removed: amount(), changed: amount() }

const tableChange: Schema<TableChangeJson> = named(
  'TableChange',
  object<TableChangeJson>({
    table: text(),
    change: oneOf('added', 'removed', 'changed', 'same'),
    rows: object<TableChangeJson['rows']>(counts),
    isMore: flag(),
    problem: optional(text()),
  }),
)

export const tableDiffQuery: Schema<TableDiffQuery> = object<TableDiffQuery>({ from: snapshotId, to: snapshotId })

export const tableDiff: Schema<TableDiffJson> = object<TableDiffJson>({ tables: list(tableChange) })

export const rowDiffQuery: Schema<RowDiffQuery> = object<RowDiffQuery>({ from: snapshotId, to: snapshotId, table, limit: optional(whole(1, 1000)) })

const rowChange: Schema<RowChangeJson> = named(
  'RowChange',
  object<RowChangeJson>({ change: oneOf('added', 'removed', 'changed'), key, before: optional(row), after: optional(row), columns: optional(list(text())) }),
)

export const rowDiff: Schema<RowDiffJson> = object<RowDiffJson>({ columns: list(text()), key: list(text()), changes: list(rowChange), isMore: flag() })

export const rowPlanBody: Schema<RowPlanBody> = named(
  'RowPlanRequest',
  object<RowPlanBody>({
    snapshot: snapshotId,
    table,
    keys: list(key, { minItems: 1, maxItems: 1000 }),
    conflict: optional(oneOf('skip', 'replace')),
    absent: optional(oneOf('keep', 'remove')),
  }),
)

const rowBack: Schema<RowBackJson> = named(
  'RowBack',
  object<RowBackJson>({
    key,
    action: oneOf('insert', 'replace', 'skip', 'same', 'missing', 'remove', 'orphan'),
    then: optional(row),
    now: optional(row),
    lacks: optional(list(text())),
  }),
)

export const rowPlan: Schema<RowPlanJson> = named(
  'RowPlan',
  object<RowPlanJson>({
    snapshot: text(),
    table: text(),
    rows: list(rowBack),
    leftOut: list(text()),
    untouched: list(text()),
    needsAcceptSuspect: flag(),
    warnings: list(text()),
    confirm,
  }),
)

export const rowRestoreBody: Schema<RowRestoreBody> = object<RowRestoreBody>({ ...confirmed, acceptSuspect: optional(flag()) })

export const rowRestore: Schema<RowRestoreJson> = named(
  'RowRestore',
  object<RowRestoreJson>({ table: text(), inserted: amount(), replaced: amount(), removed: amount(), left: amount(), undo: optional(rowPlanBody) }),
)
