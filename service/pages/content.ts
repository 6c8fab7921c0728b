import { formatAmount, formatCountdown, formatDuration, naturalUnit, toUnit } from '../../domain/duration.ts'
import { visible } from '../../domain/names.ts'
import type { ServicePolicy } from '../../domain/service-policy.ts'
import type { Session, SessionEndReason, TokenScope } from '../../domain/session.ts'
import type { Role } from '../../domain/user.ts'
import { explainEnd } from '../http/caller.ts'
import { longestPassword, shortestPassword } from '../password-rule.ts'
import { type Html, html } from './html.ts'

const when = (instant: string | null) =>
  instant === null
    ? html`never`
    : html`<time datetime="${instant}" data-local>${instant.slice(0, 16).replace('T', ' ')} UTC</time>`

const inWords = (seconds: number) => {
  const unit = naturalUnit(seconds)
  return formatAmount(toUnit(seconds, unit) ?? seconds, unit)
}

export interface SignInView {
  readonly returnTo: string
  readonly username?: string
  readonly ended?: SessionEndReason | undefined
  readonly problem?: string | undefined
  readonly remember?: boolean
  readonly policy: ServicePolicy
}

/** The form people sign in with. */
export function signInContent({ returnTo, username, ended, problem, remember, policy }: SignInView): Html {
  const { rememberMe } = policy
  return html`<h1>Sign in</h1>
${ended && !problem && html`<p class="notice" role="status" data-ended="${ended}">${explainEnd(ended)}</p>`}
${problem && html`<p class="problem" role="alert" id="problem">${problem}</p>`}
<form class="sheet" method="post" action="/sign-in">
<input type="hidden" name="returnTo" value="${returnTo}">
<div class="field"><label for="username">Username</label>
<input id="username" name="username" type="text" autocomplete="username" autocapitalize="none" spellcheck="false" required maxlength="100" value="${username ?? ''}"${problem ? html` aria-describedby="problem"` : html``}${username ? html`` : html` autofocus`}></div>
<div class="field"><label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required maxlength="256"${problem ? html` aria-describedby="problem"` : html``}${username ? html` autofocus` : html``}></div>
<div data-live="remember">${
    rememberMe.enabled &&
    html`<div class="check"><input id="rememberMe" name="rememberMe" type="checkbox" value="yes"${remember ? html` checked` : html``}>
<label for="rememberMe">Remember me<small>Stay signed in on this device, for ${inWords(rememberMe.maximumSeconds)} at most.</small></label></div>`
  }</div>
<button class="main" type="submit">Sign in</button>
</form>`
}

function why(session: Session, policy: ServicePolicy): Html {
  if (session.endsBecause === 'idle')
    return html`You will be signed out after ${formatDuration(policy.idleTimeout.seconds)} without activity. Opening a page counts as activity.`
  if (session.endsBecause === 'maximum')
    return html`That is the longest a session may last: ${formatDuration(policy.rememberMe.maximumSeconds)} from when you signed in.`
  return html`Then this authorization expires.`
}

export interface HomeView {
  readonly user: { readonly displayName: string; readonly username: string; readonly role: Role }
  readonly session: Session
  readonly policy: ServicePolicy
  readonly now: number
  readonly timeScale: number
}

/** Says when and why one's own session will end. */
export function homeContent({ user, session, policy, now, timeScale }: HomeView): Html {
  const left = session.endsAt === null ? 0 : (Date.parse(session.endsAt) - now) / 1000
  return html`<h1>You are signed in, <bdi>${user.displayName}</bdi></h1>
<p class="quiet"><bdi>${user.username}</bdi> · ${user.role}</p>
<div class="sheet" data-live="session">
<h2>This session ends in</h2>
<p class="ends" role="timer" data-ends-in="${left.toFixed(1)}" data-time-scale="${timeScale}">${formatCountdown(left)}</p>
<p>${when(session.endsAt)}. <span data-ends-because="${session.endsBecause ?? ''}">${why(session, policy)}</span></p>
<dl>
<dt>Signed in</dt><dd>${when(session.createdAt)}</dd>
<dt>Last active</dt><dd>${when(session.lastActivityAt)}</dd>
<dt>With</dt><dd><bdi>${visible(session.client)}</bdi></dd>
<dt>From</dt><dd>${session.address}</dd>
<dt>Remember me</dt><dd>${session.remembered ? 'yes' : 'no'}</dd>
</dl>
</div>`
}

const kindNames = { web: 'Signed in', token: 'Authorization token', kubernetes: 'Kubernetes' } as const

/** What an authorization token may be used for, in words for its person. */
const scopeWords: Readonly<Record<TokenScope, string>> = {
  read: 'read',
  policy: 'change the session policy',
  config: 'change configuration entries',
  revoke: 'revoke sessions',
  kubernetes: 'fetch Kubernetes credentials',
}

const scopesLine = (scopes: readonly TokenScope[]) =>
  html`<small>It may ${scopes.map((scope) => scopeWords[scope]).join(', ') || 'do nothing'}</small>`

export interface ProfileView {
  readonly user: {
    readonly displayName: string
    readonly username: string
    readonly email: string
    readonly role: Role
  }
  readonly sessions: readonly Session[]
  readonly total: number
  /** Where the next page begins. */
  readonly older?: string | undefined
  /** Whether this is not the first page. */
  readonly newer: boolean
  readonly revoked?: number | undefined
  /** How many other sessions ended when the password was just changed. */
  readonly changed?: number | undefined
  /** Why the password was not changed, and which field it is about. */
  readonly refused?: { readonly field: string; readonly text: string } | undefined
}

const counted = (amount: number, what: string) => `${amount} ${what}${amount === 1 ? ' was' : 's were'}`

/** The form with which people change their own password. */
function passwordContent(username: string, refused: ProfileView['refused']): Html {
  const field = (name: string, label: string, complete: string, hint?: Html) => {
    const isWrong = refused?.field === name
    const described = [hint && `${name}-hint`, isWrong && 'password-problem'].filter(Boolean).join(' ')
    return html`<div class="field"><label for="${name}">${label}</label>
<input id="${name}" name="${name}" type="password" autocomplete="${complete}" required maxlength="${longestPassword}"${described !== '' && html` aria-describedby="${described}"`}${isWrong && html` aria-invalid="true" autofocus`}>${hint && html`<small class="quiet" id="${name}-hint">${hint}</small>`}</div>`
  }
  const rule = html`At least ${shortestPassword} characters that are hard to guess: three or four words that don’t belong together do.`
  return html`<section aria-labelledby="password">
<h2 id="password">Change your password</h2>
<p class="quiet">You stay signed in here. Everywhere else you will have to sign in again, programs with an authorization token too.</p>
<form class="sheet" method="post" action="/profile/password">
${refused && html`<p class="problem" role="alert" id="password-problem">${refused.text}</p>`}
<input type="text" name="username" autocomplete="username" value="${username}" readonly hidden>
${field('currentPassword', 'Present password', 'current-password')}
${field('newPassword', 'New password', 'new-password', rule)}
${field('again', 'New password again', 'new-password')}
<button type="submit">Change password</button>
</form>
</section>`
}

/** One's own account and sessions, with what revokes them (O3). */
export function profileContent(view: ProfileView): Html {
  const { user, sessions, total, older, newer, revoked, changed, refused } = view
  return html`<h1>Profile</h1>
${revoked !== undefined && html`<p class="notice" role="status">${counted(revoked, 'session')} revoked.</p>`}
${changed !== undefined && html`<p class="notice" role="status">Your password was changed. ${counted(changed, 'other session')} ended.</p>`}
<div class="sheet"><dl>
<dt>Name</dt><dd><bdi>${user.displayName}</bdi></dd>
<dt>Username</dt><dd><bdi>${user.username}</bdi></dd>
<dt>E-mail</dt><dd>${user.email === '' ? 'none' : html`<bdi>${user.email}</bdi>`}</dd>
<dt>Role</dt><dd>${user.role}</dd>
</dl></div>
<section aria-labelledby="sessions" data-live="sessions">
<h2 id="sessions">Your sessions</h2>
<p class="quiet">Everywhere you are signed in now. If you don’t recognise one, revoke it and <a href="#password">change your password</a>.</p>
<ul class="sessions">
${sessions.map(
  (
    session,
  ) => html`<li><div class="what"><bdi>${visible(session.client)}</bdi>${session.current && html`<span class="tag">This session</span>`}
<small>${kindNames[session.kind]} ${when(session.createdAt)} from ${session.address} · last active ${when(session.lastActivityAt)} · ends ${when(session.endsAt)}</small>${session.scopes && scopesLine(session.scopes)}</div>
${
  !session.current &&
  html`<form method="post" action="/profile/revoke"><input type="hidden" name="id" value="${session.id}"><button type="submit" data-focus="${session.id}" aria-label="Revoke ${visible(session.client)}">Revoke</button></form>`
}</li>`,
)}
</ul>
${(older || newer) && html`<p class="quiet">${sessions.length} of ${total} sessions are shown here. ${newer && html`<a href="/profile" data-focus="newer">The newest</a>`} ${older && html`<a href="/profile?older=${older}" data-focus="older">Older ones</a>`}</p>`}
<div class="actions">
${total > 1 && html`<form method="post" action="/profile/revoke"><input type="hidden" name="keep" value="current"><button type="submit" data-focus="others">Revoke all others</button></form>`}
<form method="post" action="/profile/revoke"><button class="danger" type="submit" data-focus="all">Revoke sessions</button></form>
</div>
<p class="quiet">“Revoke sessions” ends all of them, this one too: you will sign in again.</p>
</section>
${passwordContent(user.username, refused)}`
}

/** Where something can't be shown. */
export function messageContent(title: string, text: string): Html {
  return html`<h1>${title}</h1><p class="quiet">${text}</p><p><a href="/">Go to the first page</a></p>`
}
