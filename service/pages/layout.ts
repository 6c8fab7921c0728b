import { formatDuration } from '../../domain/duration.ts'
import { type Html, html } from './html.ts'

/** What every page shows of the server and of whoever looks at it. */
export interface Frame {
  readonly title: string
  readonly serverName: string
  readonly timeScale: number
  readonly user?: { readonly displayName: string; readonly username: string } | undefined
  readonly path: '/' | '/profile' | '/sign-in'
}

const mark = html`<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="9.5" fill="none" stroke="currentColor" stroke-width="2"/><path d="M12 6.5V12l3.5 2.5" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/></svg>`

const link = (frame: Frame, path: Frame['path'], text: string) =>
  frame.path === path
    ? html`<a href="${path}" aria-current="page">${text}</a>`
    : html`<a href="${path}">${text}</a>`

/** A whole page around its content. */
export function layout(frame: Frame, content: Html): string {
  const { title, serverName, timeScale, user } = frame
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · ${serverName}</title>
<link rel="stylesheet" href="/assets/style.css">
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
<script src="/assets/page.js" defer></script>
</head>
<body>
<a class="skip" href="#content">Skip to content</a>
${timeScale !== 1 && html`<div class="demo" role="note">Demo: the clock of this server runs ${timeScale} times faster, ${formatDuration(timeScale * 10)} in 10 seconds.</div>`}
<header><div>
<a class="brand" href="/">${mark}${serverName}</a>
${
  user &&
  html`<nav aria-label="Account">
${link(frame, '/', 'Session')}
${link(frame, '/profile', 'Profile')}
<form method="post" action="/sign-out"><button class="plain" type="submit">Sign out <bdi>${user.displayName}</bdi></button></form>
</nav>`
}
</div></header>
<main id="content"${user ? html`` : html` class="narrow"`}>
${content}
</main>
<footer><div>Session service · Curfew</div></footer>
</body>
</html>
`
  return page.markup
}
