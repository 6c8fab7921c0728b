import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'

// biome-ignore lint/suspicious/noExplicitAny: an OpenAPI document is data
type Json = any

/** One operation of the OpenAPI document. */
export interface Documented {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly statuses: readonly number[]
  readonly operation: Json
}

/** A server's OpenAPI document, to hold its answers against. */
export interface Contract {
  readonly document: Json
  readonly operations: readonly Documented[]
  /** @returns what is wrong with an answer, or `undefined` */
  check(
    method: string,
    path: string,
    answer: { readonly status: number; readonly type: string; readonly body: unknown },
  ): string | undefined
}

export function readContract(document: Json): Contract {
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  ajv.addSchema({ $id: 'curfew', components: document.components })
  const compiled = new Map<unknown, ValidateFunction>()
  const validator = (schema: Json) => {
    const known = compiled.get(schema)
    if (known) return known
    const local = JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"curfew#/components'))
    const validate = ajv.compile(local)
    compiled.set(schema, validate)
    return validate
  }
  const operations = Object.entries(document.paths as Json).flatMap(([path, methods]) =>
    Object.entries(methods as Json).map(([method, operation]: [string, Json]) => ({
      id: operation.operationId as string,
      method: method.toUpperCase(),
      path,
      statuses: Object.keys(operation.responses).map(Number),
      operation,
    })),
  )
  const patterns = operations.map((documented) => ({
    documented,
    pattern: new RegExp(`^${documented.path.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
    fixed: !documented.path.includes('{'),
  }))
  return {
    document,
    operations,
    check: (method, path, { status, type, body }) => {
      const [bare = ''] = path.split('?')
      const matching = patterns.filter(
        ({ documented, pattern }) => documented.method === method && pattern.test(bare),
      )
      const found = matching.find(({ fixed }) => fixed) ?? matching[0]
      if (!found)
        return status === 404 ? undefined : `${method} ${bare} is not documented and answered ${status}`
      const { id, operation } = found.documented
      const response = operation.responses[status]
      if (!response) return `${id}: ${status} is not documented: ${JSON.stringify(body)}`
      const content = response.content
      if (!content) return body === '' ? undefined : `${id}: ${status} has a body: ${JSON.stringify(body)}`
      const media = Object.keys(content).find((one) => type.startsWith(one))
      if (media === undefined) return `${id}: ${status} came as ${type}`
      if (!/json/.test(media) || id === 'getOpenApi') return undefined
      const validate = validator(content[media].schema)
      return validate(body)
        ? undefined
        : `${id}: ${status}: ${ajv.errorsText(validate.errors)}: ${JSON.stringify(body)}`
    },
  }
}
