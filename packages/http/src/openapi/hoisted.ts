import type { JsonSchema } from '../schema/schema.ts'

/** Puts every schema that has a name in one place, once, and refers to it. */
export interface Hoister {
  /** The same schema, as it stands where it is used. */
  refer(schema: JsonSchema): JsonSchema
  /** All that were referred to, by name. */
  readonly schemas: Readonly<Record<string, JsonSchema>>
}

export function hoister(): Hoister {
  const schemas: Record<string, JsonSchema> = {}
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk)
    if (typeof value !== 'object' || value === null) return value
    return refer(value as JsonSchema)
  }
  const inner = (schema: JsonSchema): JsonSchema => Object.fromEntries(Object.entries(schema).map(([keyword, value]) => [keyword, walk(value)]))
  const refer = (schema: JsonSchema): JsonSchema => {
    const { title, ...rest } = schema
    if (typeof title !== 'string') return inner(schema)
    if (!Object.hasOwn(schemas, title)) {
      // First its name, for one that is within itself.
      schemas[title] = {}
      schemas[title] = inner(rest)
    }
    return { $ref: `#/components/schemas/${title}` }
  }
  return { refer, schemas }
}
