import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { SessionEndReason } from '../../domain/session.ts'
import { isRemembered } from '../../domain/session-lifetime.ts'
import { type Caller, recognise } from '../http/caller.ts'
import { isFromOwnPage } from '../http/client.ts'
import {
  clearSessionCookie,
  readSessionCookie,
  writeDeviceCookie,
  writeSessionCookie,
} from '../http/cookies.ts'
import { Problem } from '../http/problem.ts'
import { safeReturnTo } from '../http/return-to.ts'
import { password, typedPassword } from '../http/schemas.ts'
import type { Services } from '../http/services.ts'
import { shortestPassword } from '../password-rule.ts'
import { fromCursor, toCursor } from '../store/paging.ts'
import { running } from '../store/stored-session.ts'
import { findUnstorable } from '../text.ts'
import { icon, script, stylesheet } from './assets.ts'
import { homeContent, messageContent, type ProfileView, profileContent, signInContent } from './content.ts'
import type { Html } from './html.ts'
import { type Frame, layout } from './layout.ts'

const text = z.string().max(2000).catch('')
const signInForm = z.object({
  username: z.string().min(1).max(100),
  password: typedPassword,
  rememberMe: z.literal('yes').optional().catch(undefined),
  returnTo: text,
})
const signInQuery = z.object({
  returnTo: text.optional(),
  ended: SessionEndReason.optional().catch(undefined),
})
const revokeForm = z.object({
  id: z.string().min(1).max(100).optional(),
  keep: z.literal('current').optional().catch(undefined),
})
const passwordForm = z.object({
  currentPassword: typedPassword,
  newPassword: typedPassword,
  again: z.string(),
})
const count = z.coerce.number().int().min(0).max(1_000_000).optional().catch(undefined)
const profileQuery = z.object({
  older: z.string().max(2000).optional().catch(undefined),
  revoked: count,
  changed: count,
})

const shownSessions = 100

/** Whether a request comes from a browser that wants a page. */
export function wantsPage(request: FastifyRequest): boolean {
  return !request.url.startsWith('/api/') && (request.headers.accept ?? '').includes('text/html')
}

/** What a form says, or `undefined` where it says nothing that could have been typed into it. */
function readForm<Schema extends z.ZodType>(
  schema: Schema,
  request: FastifyRequest,
): z.output<Schema> | undefined {
  const read = schema.safeParse(request.body ?? {})
  return read.success && findUnstorable(read.data) === undefined ? read.data : undefined
}

/** What the pages have in common: how they are framed and sent, and who may see them. */
function pageTools({ sessions, limits, identity, timeScale }: Services) {
  const frame = (request: Pick<Frame, 'path' | 'title'>, caller?: Caller): Frame => ({
    ...request,
    serverName: identity.name,
    timeScale,
    user: caller?.holder,
  })
  const page = (reply: FastifyReply, status: number, shown: Frame, content: Html) =>
    reply
      .code(status)
      .type('text/html; charset=utf-8')
      .header('cache-control', 'no-store, no-transform')
      .send(layout(shown, content))

  /** The caller, or `undefined` after having sent them to sign in, told why. */
  const signedIn = async (request: FastifyRequest, reply: FastifyReply): Promise<Caller | undefined> => {
    const recognition = await recognise(sessions, request)
    if (recognition.state === 'caller') {
      const { session } = recognition.caller
      const cookie = readSessionCookie(request)
      // Remember-me was switched off since: the browser keeps an ordinary session until it is closed.
      if (cookie?.isLasting && !isRemembered(running(session), limits.current().policy))
        writeSessionCookie(request, reply, cookie.token, false)
      return recognition.caller
    }
    const target = new URLSearchParams({
      returnTo: request.method === 'GET' ? safeReturnTo(request.url) : '/profile',
    })
    if (recognition.state === 'ended') target.set('ended', recognition.reason)
    reply.header('cache-control', 'no-store, no-transform').redirect(`/sign-in?${target}`, 303)
    return undefined
  }

  const demandOwnPage = (request: FastifyRequest) => {
    if (!isFromOwnPage(request))
      throw new Problem('forbidden', 'This form was not sent from a page of this server.')
  }

  return { frame, page, signedIn, demandOwnPage }
}
/** What the pages change: they end one’s own sessions. */
const ownSessions = { rights: [], scope: 'revoke', fresh: false } as const

type PageTools = ReturnType<typeof pageTools>

function mountHome(
  server: FastifyInstance,
  { sessions, limits, clock, timeScale }: Services,
  { frame, page, signedIn }: PageTools,
): void {
  server.get('/', async (request, reply) => {
    const caller = await signedIn(request, reply)
    if (!caller) return reply
    return page(
      reply,
      200,
      frame({ path: '/', title: 'Session' }, caller),
      homeContent({
        user: caller.holder,
        session: sessions.present(caller.session, caller.session.id),
        policy: limits.current().policy,
        now: clock(),
        timeScale,
      }),
    )
  })
}

function mountSignIn(
  server: FastifyInstance,
  { sessions, limits, signIn, authorOf }: Services,
  { frame, page, demandOwnPage }: PageTools,
): void {
  server.get('/sign-in', async (request, reply) => {
    const query = signInQuery.parse(request.query)
    const returnTo = safeReturnTo(query.returnTo)
    // Looking at the form is nobody's activity.
    const recognition = await recognise(sessions, request, true)
    if (recognition.state === 'caller') return reply.redirect(returnTo, 303)
    const ended = recognition.state === 'ended' ? recognition.reason : query.ended
    const { policy } = limits.current()
    return page(
      reply,
      200,
      frame({ path: '/sign-in', title: 'Sign in' }),
      signInContent({ returnTo, ended, policy }),
    )
  })

  server.post('/sign-in', async (request, reply) => {
    demandOwnPage(request)
    const form = readForm(signInForm, request)
    const { policy } = limits.current()
    const again = (status: number, problem: string) => {
      return page(
        reply,
        status,
        frame({ path: '/sign-in', title: 'Sign in' }),
        signInContent({
          returnTo: safeReturnTo(form?.returnTo),
          username: form?.username ?? '',
          remember: form?.rememberMe === 'yes',
          problem,
          policy,
        }),
      )
    }
    if (!form) return again(422, 'Type your username and password.')
    const { username, password, rememberMe, returnTo } = form
    try {
      const result = await signIn({ username, password, rememberMe: rememberMe === 'yes' }, request)
      writeSessionCookie(request, reply, result.token, result.session.remembered === 1)
      writeDeviceCookie(request, reply, result.device)
      return reply.redirect(safeReturnTo(returnTo), 303)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      reply.headers(error.more.headers ?? {})
      return again(error.status, error.message)
    }
  })

  server.post('/sign-out', async (request, reply) => {
    demandOwnPage(request)
    const recognition = await recognise(sessions, request)
    if (recognition.state === 'caller') {
      const { caller } = recognition
      const author = authorOf(caller, request, ownSessions)
      await sessions.endByIds({ author, because: 'signed-out' }, [caller.session.id]).catch((error) => {
        // Somebody else has ended it meanwhile: the browser is signed out all the same.
        if (!(error instanceof Problem && error.code === 'session-ended')) throw error
      })
    }
    clearSessionCookie(reply)
    return reply.redirect('/sign-in?ended=signed-out', 303)
  })
}

function mountProfile(server: FastifyInstance, services: Services, tools: PageTools): void {
  const { sessions, users, authorOf, changeOwnPassword } = services
  const { frame, page, signedIn, demandOwnPage } = tools
  const show = async (
    reply: FastifyReply,
    caller: Caller,
    status: number,
    { older, ...said }: z.output<typeof profileQuery> & Pick<ProfileView, 'refused'>,
  ) => {
    const after = older === undefined ? undefined : fromCursor(older, 'number')
    const own = await sessions.list({ userId: caller.holder.id }, { limit: shownSessions, after })
    const user = await users.find(caller.holder.id)
    return page(
      reply,
      status,
      frame({ path: '/profile', title: 'Profile' }, caller),
      profileContent({
        ...said,
        user: { ...caller.holder, email: user?.email ?? '' },
        sessions: own.items.map((session) => sessions.present(session, caller.session.id)),
        total: own.total,
        older: toCursor(own.next) ?? undefined,
        newer: after !== undefined,
      }),
    )
  }

  server.get('/profile', async (request, reply) => {
    const caller = await signedIn(request, reply)
    if (!caller) return reply
    return await show(reply, caller, 200, profileQuery.parse(request.query))
  })

  server.post('/profile/password', async (request, reply) => {
    demandOwnPage(request)
    const caller = await signedIn(request, reply)
    if (!caller) return reply
    const again = (status: number, field: string, text: string) =>
      show(reply, caller, status, { refused: { field, text } })
    const form = readForm(passwordForm, request)
    if (!form) return await again(422, 'currentPassword', 'Type your present password and the new one.')
    const chosen = password.safeParse(form.newPassword)
    if (!chosen.success)
      return await again(422, 'newPassword', `A password has at least ${shortestPassword} characters.`)
    if (form.again !== form.newPassword)
      return await again(422, 'again', 'The new password was not typed the same way twice.')
    try {
      const { ended, device } = await changeOwnPassword(caller, form, request)
      writeDeviceCookie(request, reply, device)
      return reply.redirect(`/profile?changed=${ended}`, 303)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      reply.headers(error.more.headers ?? {})
      return await again(error.status, error.more.errors?.[0]?.field ?? 'currentPassword', error.message)
    }
  })

  server.post('/profile/revoke', async (request, reply) => {
    demandOwnPage(request)
    const caller = await signedIn(request, reply)
    if (!caller) return reply
    const form = readForm(revokeForm, request)
    if (!form) throw new Problem('invalid', 'This form can’t be read. Go back and try again.')
    const act = { author: authorOf(caller, request, ownSessions), because: 'revoked' } as const
    if (form.id !== undefined) {
      const found = await sessions.find(form.id)
      const gone = found?.user_id === caller.holder.id ? await sessions.endByIds(act, [found.id]) : new Set()
      return reply.redirect(`/profile?revoked=${gone.size}`, 303)
    }
    const keep = form.keep === 'current' ? caller.session.id : undefined
    const counts = await sessions.endOfUsers(act, [caller.holder.id], keep)
    if (keep !== undefined)
      return reply.redirect(`/profile?revoked=${counts.get(caller.holder.id) ?? 0}`, 303)
    clearSessionCookie(reply)
    return reply.redirect('/sign-in?ended=revoked&returnTo=%2Fprofile', 303)
  })
}

function mountAssets(server: FastifyInstance): void {
  const asset = (path: string, type: string, content: string) =>
    server.get(path, (_, reply) =>
      reply.type(type).header('cache-control', 'public, max-age=3600, no-transform').send(content),
    )
  asset('/assets/style.css', 'text/css; charset=utf-8', stylesheet)
  asset('/assets/page.js', 'text/javascript; charset=utf-8', script)
  asset('/assets/icon.svg', 'image/svg+xml', icon)
  asset('/favicon.ico', 'image/svg+xml', icon)
}

/** The pages for people: they work without JavaScript, and none is shown without a running session. */
export function mountPages(server: FastifyInstance, services: Services): void {
  const tools = pageTools(services)
  mountHome(server, services, tools)
  mountSignIn(server, services, tools)
  mountProfile(server, services, tools)
  mountAssets(server)
}

/** A page for what went wrong. */
export function problemPage(services: Services, problem: Problem): string {
  return layout(
    { path: '/', title: problem.code, serverName: services.identity.name, timeScale: services.timeScale },
    messageContent(
      problem.code === 'not-found' ? 'There is no such page' : 'That did not work',
      problem.message,
    ),
  )
}
