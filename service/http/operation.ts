import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify'
import { z } from 'zod'
import type { FieldProblem } from '../../domain/problem.ts'
import { type Awaitable, whenReady } from '../database/database.ts'
import type { Author } from '../store/author.ts'
import { cut, findUnstorable } from '../text.ts'
import { type Caller, demandCaller, recognise } from './caller.ts'
import { Problem, type ProblemCode } from './problem.ts'
import { type Demands, demand, type Right } from './rights.ts'
import type { Services } from './services.ts'

/** One possible answer: its schema, and the headers it comes with. */
export interface AnswerSpec {
  readonly description: string
  readonly schema?: z.ZodType
  readonly headers?: Readonly<Record<string, string>>
  /** For what is not JSON. */
  readonly mediaType?: string
}

/** What a handler answers. */
export interface Answer {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** What a handler is given: parsed input, never the raw one. */
export interface Context<Params, Query, Body, Who, By> {
  readonly params: Params
  readonly query: Query
  readonly body: Body
  readonly caller: Who
  /** The caller as whoever changes something: there is no other way to a transaction from a handler. */
  readonly author: By
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/** A call of the API: the one place that validates, documents and answers it. */
export interface Operation {
  readonly id: string
  readonly method: HTTPMethods
  /** As OpenAPI writes it: `/api/v1/users/{id}`. */
  readonly path: string
  readonly summary: string
  readonly tag: string
  readonly access: 'anyone' | 'signed-in' | Right
  /** What an authorization token needs for it. Reading takes `read`; what is not said of a change, no token may. */
  readonly scope?: Demands['scope']
  /** Whether the person must have typed their password lately, always or with some bodies. */
  readonly fresh?: true | ((body: unknown) => boolean)
  readonly params?: z.ZodType
  readonly query?: z.ZodType
  readonly body?: z.ZodType
  readonly ifMatch?: boolean
  /** Calling it is nobody's activity. */
  readonly passive?: boolean
  readonly answers: Readonly<Record<number, AnswerSpec>>
  /** Codes beyond those that follow from access, input and If-Match. */
  readonly problems?: readonly ProblemCode[]
  readonly handle: (context: Context<never, never, never, never, never>) => Awaitable<Answer | undefined>
}

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined

/** States an operation with its types tied together. */
export function operation<
  const Access extends Operation['access'],
  Params extends z.ZodType | undefined = undefined,
  Query extends z.ZodType | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
>(
  stated: Omit<Operation, 'access' | 'params' | 'query' | 'body' | 'handle'> & {
    readonly access: Access
    readonly params?: Params
    readonly query?: Query
    readonly body?: Body
    /** Answers, or throws a {@link Problem}; `undefined` when it has taken over the reply. */
    readonly handle: (
      context: Context<
        Parsed<Params>,
        Parsed<Query>,
        Parsed<Body>,
        Access extends 'anyone' ? undefined : Caller,
        Access extends 'anyone' ? undefined : Author
      >,
    ) => Awaitable<Answer | undefined>
  },
): Operation {
  return stated as unknown as Operation
}

/** What an operation demands of its caller, as far as it can be told; `body` as it was parsed. */
export function demandsOf(
  { access, scope, method, fresh = () => false }: Operation,
  body?: unknown,
): Demands {
  return {
    rights: typeof access === 'object' ? [access] : [],
    scope: scope ?? (method === 'GET' ? 'read' : 'never'),
    fresh: fresh === true || (body !== undefined && fresh(body)),
  }
}

/** The codes an operation can answer with. */
export function problemsOf(stated: Operation): readonly ProblemCode[] {
  const codes = new Set<ProblemCode>(stated.problems)
  if (stated.access !== 'anyone') codes.add('not-signed-in').add('session-ended')
  if (stated.access !== 'anyone' && demandsOf(stated).scope !== 'any') codes.add('forbidden')
  if (stated.fresh) codes.add('fresh-sign-in-needed')
  // Whatever writes is not open to pages of other sites, and takes only JSON.
  if (typeof stated.access === 'object' || stated.method !== 'GET') codes.add('forbidden')
  if (stated.method !== 'GET') codes.add('not-json')
  if (stated.params || stated.query || stated.body) codes.add('invalid')
  if (stated.body) codes.add('too-large')
  // Whatever writes can meet a disk that is full or a database that is gone.
  if (stated.method !== 'GET') codes.add('unavailable')
  if (stated.ifMatch) codes.add('conflict').add('precondition-required')
  return [...codes]
}

const codeOfIssue: Partial<Record<z.core.$ZodIssue['code'], string>> = {
  too_small: 'too-short',
  too_big: 'too-long',
  invalid_value: 'not-allowed',
  unrecognized_keys: 'unknown',
  invalid_format: 'malformed',
  not_multiple_of: 'not-whole',
}

function fieldErrors(issues: readonly z.core.$ZodIssue[]): readonly FieldProblem[] {
  return issues.flatMap((issue): readonly FieldProblem[] => {
    const field = issue.path.map(String).join('.')
    if (issue.code === 'unrecognized_keys')
      return issue.keys.slice(0, 20).map((key) => ({
        field: cut([...issue.path.map(String), key].join('.'), 200),
        code: 'unknown',
        message: 'There is no such field.',
      }))
    const missing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined')
    const own =
      issue.code === 'custom' && typeof issue.params?.['code'] === 'string' ? issue.params['code'] : undefined
    return [
      {
        field,
        code:
          own ??
          (missing
            ? 'required'
            : (codeOfIssue[issue.code] ?? (issue.code === 'custom' ? 'invalid' : 'wrong-type'))),
        message: missing ? 'This field is needed.' : issue.message,
        ...('minimum' in issue && { min: Number(issue.minimum) }),
        ...('maximum' in issue && { max: Number(issue.maximum) }),
      },
    ]
  })
}

/** @throws Problem `invalid` for text that a database would change */
function demandStorable(value: unknown, what: string): void {
  const found = findUnstorable(value)
  if (!found) return
  const field = cut(found.join('.'), 200)
  const message = 'This is not well-formed text.'
  throw new Problem(
    'invalid',
    field === '' ? `The ${what} is not well-formed text.` : `${field}: ${message}`,
    {
      errors: [{ field, code: 'malformed', message }],
    },
  )
}

function parse(schema: z.ZodType | undefined, value: unknown, what: string): unknown {
  if (!schema) return undefined
  demandStorable(value, what)
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const errors = fieldErrors(parsed.error.issues).slice(0, 50)
  const first = errors[0]
  throw new Problem(
    'invalid',
    first?.field
      ? `${first.field}: ${first.message}`
      : `The ${what} ${what === 'body' ? 'is' : 'are'} not valid.`,
    { errors },
  )
}

/** The JSON Schema from which Fastify compiles the serialiser: the documented one, nullable types simplified. */
function serialiserSchema(schema: z.ZodType): unknown {
  const simplify = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(simplify)
    if (typeof node !== 'object' || node === null) return node
    const { anyOf, pattern: _, format: __, ...rest } = node as Record<string, unknown>
    const simple = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, simplify(value)]))
    if (!Array.isArray(anyOf)) return simple
    const [one, other] = anyOf as Record<string, unknown>[]
    return anyOf.length === 2 && other?.['type'] === 'null' && one && !one['$ref']
      ? { ...simple, ...(simplify(one) as object), nullable: true }
      : { ...simple, anyOf: anyOf.map(simplify) }
  }
  const { $schema: _, ...plain } = z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'output',
    reused: 'inline',
  })
  return simplify(inlineDefinitions(plain))
}

/** Puts each definition in the place that refers to it. */
function inlineDefinitions(schema: Record<string, unknown>): unknown {
  const definitions = (schema['definitions'] ?? {}) as Record<string, unknown>
  const inline = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(inline)
    if (typeof node !== 'object' || node === null) return node
    const { $ref, definitions: _, ...rest } = node as Record<string, unknown>
    if (typeof rest['id'] === 'string') delete rest['id']
    const own = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, inline(value)]))
    if (typeof $ref !== 'string') return own
    return { ...(inline(definitions[$ref.replace('#/definitions/', '')]) as object), ...own }
  }
  return inline(schema)
}

/** What proxies that compress an answer add to its tag. */
const compressed = /[-;](gzip|br|deflate|zstd)$/

/** The versions that an `If-Match` names: a tag, its weak form, a list of them, or the bare revision of a body. */
export function revisionsIn(header: string): readonly string[] {
  return [...header.matchAll(/(?:W\/)?"([^"]*)"|([^\s,"]+)/g)]
    .map(([, quoted, bare]) => (quoted ?? bare ?? '').replace(compressed, ''))
    .filter((revision) => revision !== '')
}

/** The versions that a request says it has read. @throws Problem `precondition-required` where it names none */
export function ifMatch(request: FastifyRequest): readonly string[] {
  const revisions = revisionsIn(request.headers['if-match'] ?? '')
  if (revisions.length === 0 || revisions.includes('*'))
    throw new Problem(
      'precondition-required',
      'Send the ETag or the revision you have read as If-Match, so that nobody’s change is lost.',
    )
  return revisions
}

interface InputParts {
  readonly params: unknown
  readonly query: unknown
  readonly body: unknown
  readonly caller: Caller | undefined
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/**
 * What a handler is given. Its author is made when somebody asks for it, since most requests change nothing; on a
 * prototype, because an accessor in a literal costs as much as all the rest of a small request.
 */
class HandlerInput implements InputParts {
  readonly params
  readonly query
  readonly body
  readonly caller
  readonly request
  readonly reply
  readonly #makeAuthor

  constructor(
    { params, query, body, caller, request, reply }: InputParts,
    makeAuthor: (input: InputParts) => Author | undefined,
  ) {
    this.params = params
    this.query = query
    this.body = body
    this.caller = caller
    this.request = request
    this.reply = reply
    this.#makeAuthor = makeAuthor
  }

  get author(): Author | undefined {
    return this.#makeAuthor(this)
  }
}

/** Puts an operation on the server. */
export function mount(
  server: FastifyInstance,
  {
    sessions,
    metrics,
    authorOf,
    clock,
    timeScale,
  }: Pick<Services, 'sessions' | 'metrics' | 'authorOf' | 'clock' | 'timeScale'>,
  stated: Operation,
): void {
  const { access, handle } = stated
  const at = () => ({ now: clock(), timeScale })
  const response = Object.fromEntries(
    Object.entries(stated.answers)
      .filter(([, { schema, mediaType }]) => schema && !mediaType)
      .map(([status, { schema }]) => [status, serialiserSchema(schema as z.ZodType)]),
  )
  const send = (reply: FastifyReply, answer: Answer | undefined) => {
    if (!answer) return
    reply.code(answer.status)
    if (answer.headers) reply.headers(answer.headers)
    reply.send(answer.body)
    // A stream has not begun yet: Fastify would take an answer of nothing for the answer.
    return answer.body instanceof Readable ? reply : undefined
  }
  const answered = metrics.route(stated.method as string, stated.path)
  server.route({
    method: stated.method,
    url: stated.path.replace(/\{(\w+)\}/g, ':$1'),
    schema: { response },
    onResponse: (_, reply, done) => {
      answered(reply.statusCode, reply.elapsedTime / 1000)
      done()
    },
    // Not async, so that what is at hand is answered without waiting a turn.
    handler: (request, reply) => {
      const run = (caller: Caller | undefined) => {
        const input = new HandlerInput(
          {
            params: parse(stated.params, request.params, 'path parameters'),
            query: parse(stated.query, request.query, 'query parameters'),
            body: parse(stated.body, request.body, 'body'),
            caller,
            request,
            reply,
          },
          ({ body }) => caller && authorOf(caller, request, demandsOf(stated, body)),
        )
        if (caller) demand(caller, demandsOf(stated, input.body), at())
        return whenReady(handle(input as never), (answer) => send(reply, answer))
      }
      if (access === 'anyone') return run(undefined)
      return whenReady(recognise(sessions, request, stated.passive), (recognition) => {
        const caller = demandCaller(recognition, request)
        demand(caller, demandsOf(stated), at())
        return run(caller)
      })
    },
  })
}
