import { z } from 'zod'
import { version } from '../version.ts'
import { allOperations } from './all-operations.ts'
import { cookieNamesOf } from './cookies.ts'
import { demandsOf, type Operation, operation, problemsOf } from './operation.ts'
import { type ProblemCode, problemStatus } from './problem.ts'
import { problemSchema } from './schemas.ts'
import type { Services } from './services.ts'

type Json = Record<string, unknown>

/** A schema as the document has it: named ones under `components`, referred to from everywhere else. */
function createSchemas() {
  const components: Json = {}
  const rewrite = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(rewrite)
    if (typeof node !== 'object' || node === null) return node
    const { $defs, $schema: _, ...rest } = node as Json
    if ($defs !== undefined)
      for (const [name, definition] of Object.entries($defs as Json)) components[name] ??= rewrite(definition)
    return Object.fromEntries(
      Object.entries(rest).map(([key, value]) =>
        key === '$ref' && typeof value === 'string'
          ? [key, value.replace('#/$defs/', '#/components/schemas/')]
          : [key, rewrite(value)],
      ),
    )
  }
  return {
    components,
    of: (schema: z.ZodType, io: 'input' | 'output') =>
      rewrite(z.toJSONSchema(schema, { target: 'draft-2020-12', io, unrepresentable: 'any' })) as Json,
  }
}

function parameters(
  schema: z.ZodType | undefined,
  place: 'path' | 'query',
  toJson: (schema: z.ZodType, io: 'input') => Json,
) {
  if (!schema) return []
  const { properties = {}, required = [] } = toJson(schema, 'input') as {
    properties?: Json
    required?: readonly string[]
  }
  return Object.entries(properties).map(([name, described]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: described,
  }))
}

const ifMatchParameter = {
  name: 'If-Match',
  in: 'header',
  required: true,
  description:
    'The version that was read: its ETag, the weak form of it, a list of tags, or the `revision` of the body.',
  schema: { type: 'string', example: '"1"' },
}

/** What any request can meet before it comes to an operation. */
const problemsOfAll: readonly ProblemCode[] = ['bad-request', 'misdirected']

function describeOne(stated: Operation, schemas: ReturnType<typeof createSchemas>): Json {
  const responses: Json = {}
  for (const [status, { description, schema, headers, mediaType }] of Object.entries(stated.answers)) {
    responses[status] = {
      description,
      ...(headers && {
        headers: Object.fromEntries(
          Object.entries(headers).map(([name, text]) => [
            name,
            { description: text, schema: { type: 'string' } },
          ]),
        ),
      }),
      ...(mediaType
        ? { content: { [mediaType]: { schema: { type: 'string' } } } }
        : schema && { content: { 'application/json': { schema: schemas.of(schema, 'output') } } }),
    }
  }
  const codes: readonly ProblemCode[] = [...problemsOf(stated), ...problemsOfAll]
  const byStatus = Object.groupBy(codes, (code) => problemStatus[code])
  for (const [status, codes = []] of Object.entries(byStatus)) {
    responses[status] = {
      description: codes.map((code) => `\`${code}\``).join(' or '),
      ...(codes.includes('throttled') && {
        headers: { 'Retry-After': { description: 'Seconds to wait', schema: { type: 'integer' } } },
      }),
      content: { 'application/problem+json': { schema: schemas.of(problemSchema, 'output') } },
    }
  }
  const optionalBody = stated.body instanceof z.ZodOptional
  return {
    operationId: stated.id,
    summary: stated.summary,
    tags: [stated.tag],
    parameters: [
      ...parameters(stated.params, 'path', schemas.of),
      ...parameters(stated.query, 'query', schemas.of),
      ...(stated.ifMatch ? [ifMatchParameter] : []),
    ],
    ...(stated.body && {
      requestBody: {
        required: !optionalBody,
        content: { 'application/json': { schema: schemas.of(stated.body, 'input') } },
      },
    }),
    responses,
    security: stated.access === 'anyone' ? [] : [{ bearer: [] }, { cookie: [] }],
    ...(stated.access !== 'anyone' && { 'x-token-scope': demandsOf(stated).scope }),
    ...(stated.fresh && { 'x-fresh-sign-in': stated.fresh === true ? 'always' : 'depends on the body' }),
    ...(typeof stated.access === 'object' && { 'x-permission': stated.access.permission }),
  }
}

/** The OpenAPI 3.1 document of some operations, from the schemas that validate and serialise them. */
function describeOperations(operations: readonly Operation[], instanceId: string): Json {
  const schemas = createSchemas()
  const paths: Record<string, Json> = {}
  for (const stated of operations) {
    const path = paths[stated.path] ?? {}
    path[(stated.method as string).toLowerCase()] = describeOne(stated, schemas)
    paths[stated.path] = path
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Curfew session service',
      version,
      description:
        'Signs people in, keeps their sessions and enforces the session policy. Send `Session-Activity: passive` with requests that are nobody’s activity.',
    },
    paths,
    components: {
      schemas: schemas.components,
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        cookie: { type: 'apiKey', in: 'cookie', name: cookieNamesOf(instanceId).session },
      },
    },
  }
}

/** Serves the document that describes this very operation too. */
export function openApiOperation(services: Services): Operation {
  const own: Operation = operation({
    id: 'getOpenApi',
    method: 'GET',
    path: '/openapi.json',
    summary: 'This document',
    tag: 'Server',
    access: 'anyone',
    answers: { 200: { description: 'OpenAPI 3.1', mediaType: 'application/json' } },
    handle: () => ({
      status: 200,
      body: text,
      headers: { 'content-type': 'application/json; charset=utf-8' },
    }),
  })
  const text = JSON.stringify(
    describeOperations([...allOperations(services), own], services.identity.instanceId),
  )
  return own
}
