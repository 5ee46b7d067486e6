/** JSON Schema, draft 2020-12, as OpenAPI 3.1 has it. */
export type JsonSchema = { readonly [keyword: string]: unknown }

declare const describes: unique symbol

/** A schema that knows what it describes: the compiler refuses one that does not fit its type. At run time it is JSON Schema and nothing else. */
export type Schema<Value> = JsonSchema & { readonly [describes]?: (value: Value) => Value }

/** A property that may be left out. */
export interface Optional<Value> {
  readonly optional: Schema<Value>
}

/** Every property of a type: those that may be absent are `optional`, all others are not. */
export type PropertiesOf<Value> = {
  readonly [Key in keyof Value]-?: {} extends Pick<Value, Key> ? Optional<Exclude<Value[Key], undefined>> : Schema<Value[Key]>
}

export function optional<Value>(schema: Schema<Value>): Optional<Value> {
  return { optional: schema }
}

/** An object with these properties and no others. */
export function object<Value extends object>(properties: PropertiesOf<Value>, description?: string): Schema<Value> {
  const all = Object.entries(properties as Readonly<Record<string, JsonSchema | Optional<unknown>>>)
  const isOptional = (schema: JsonSchema | Optional<unknown>): schema is Optional<unknown> => 'optional' in schema
  const required = all.flatMap(([name, schema]) => (isOptional(schema) ? [] : [name]))
  return {
    type: 'object',
    ...(description !== undefined && { description }),
    properties: Object.fromEntries(all.map(([name, schema]) => [name, isOptional(schema) ? schema.optional : schema])),
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  }
}

/** Gets a name of its own in the OpenAPI document: see `hoisted`. */
export function named<Value>(title: string, schema: Schema<Value>): Schema<Value> {
  return { ...schema, title }
}

/** One that is within itself. */
export function recursive<Value>(title: string): Schema<Value> {
  return { $ref: `#/components/schemas/${title}` }
}

export function text(description?: string): Schema<string> {
  return { type: 'string', ...(description !== undefined && { description }) }
}

/** Of somebody's own words: not empty, and no book. */
export function words(maxLength: number, description?: string): Schema<string> {
  return { ...text(description), minLength: 1, maxLength }
}

/** ISO 8601 in UTC. */
export function time(description?: string): Schema<string> {
  return { ...text(description), format: 'date-time' }
}

export function flag(description?: string): Schema<boolean> {
  return { type: 'boolean', ...(description !== undefined && { description }) }
}

export function number(description?: string): Schema<number> {
  return { type: 'number', ...(description !== undefined && { description }) }
}

export function whole(minimum: number, maximum: number = Number.MAX_SAFE_INTEGER, description?: string): Schema<number> {
  return { type: 'integer', minimum, maximum, ...(description !== undefined && { description }) }
}

/** Bytes, milliseconds, how many. */
export function amount(description?: string): Schema<number> {
  return { ...number(description), minimum: 0 }
}

export function just<const Value extends string | number | boolean>(value: Value): Schema<Value> {
  return { const: value }
}

export function oneOf<const Values extends readonly string[]>(...values: Values): Schema<Values[number]> {
  return { type: 'string', enum: values }
}

export function list<Value>(items: Schema<Value>, limits: { readonly minItems?: number; readonly maxItems?: number } = {}): Schema<readonly Value[]> {
  return { type: 'array', items, ...limits }
}

export function recordOf<Value>(values: Schema<Value>): Schema<{ readonly [key: string]: Value }> {
  return { type: 'object', additionalProperties: values }
}

export function nullable<Value>(schema: Schema<Value>): Schema<Value | null> {
  return { anyOf: [schema, { type: 'null' }] }
}

export function either<Values extends readonly unknown[]>(...schemas: { readonly [At in keyof Values]: Schema<Values[At]> }): Schema<Values[number]> {
  return { anyOf: schemas }
}

/** For a type that cannot be taken apart here. */
export function loosely<Value>(schema: JsonSchema): Schema<Value> {
  return schema as Schema<Value>
}

export function anything(description?: string): Schema<unknown> {
  return description === undefined ? {} : { description }
}
