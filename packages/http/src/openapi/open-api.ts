import { routeTable } from '../routes/table.ts'
import { openApiDocument } from './document.ts'

/**
 * The API as an OpenAPI 3.1 document, for generators of clients and for documentation: the same that `GET /openapi.json` answers.
 *
 * @param basePath that of the handler
 */
export function openApi(basePath: string = '/api/backup'): Readonly<Record<string, unknown>> {
  return openApiDocument(routeTable, basePath)
}
