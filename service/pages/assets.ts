/** The pages' style: the system's font, light and dark, nothing fetched from elsewhere. */
export const stylesheet = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f5f6f8, #15171b);
  --sheet: light-dark(#ffffff, #1d2025);
  --line: light-dark(#dcdfe5, #32363e);
  --ink: light-dark(#1b1f26, #e8eaee);
  --quiet: light-dark(#586070, #a3abba);
  --accent: light-dark(#2f5bd3, #8ba8ff);
  --on-accent: light-dark(#ffffff, #10131a);
  --danger: light-dark(#b3261e, #ff9d94);
  --notice: light-dark(#eef3ff, #232b40);
  --warning: light-dark(#fff4df, #3a2f18);
}
*, *::before, *::after { box-sizing: border-box }
html { font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; -webkit-text-size-adjust: 100% }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; background: var(--ground); color: var(--ink); font-variant-numeric: tabular-nums }
a { color: var(--accent); text-underline-offset: 3px }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
.skip { position: absolute; left: -999px }
.skip:focus { left: 12px; top: 12px; background: var(--sheet); padding: 8px 12px; z-index: 1 }
header { border-bottom: 1px solid var(--line); background: var(--sheet) }
header > div, main, footer > div { width: 100%; max-width: 760px; margin: 0 auto; padding: 0 20px }
header > div { display: flex; align-items: center; gap: 20px; min-height: 56px; flex-wrap: wrap }
.brand { display: inline-flex; align-items: center; gap: 9px; font-weight: 650; color: var(--ink); text-decoration: none }
.brand svg { width: 20px; height: 20px; color: var(--accent); flex: none }
nav { display: flex; gap: 16px; margin-left: auto; align-items: center; flex-wrap: wrap }
nav a { text-decoration: none; color: var(--quiet); padding: 4px 0 }
nav a:hover { color: var(--ink) }
nav a[aria-current] { color: var(--ink); box-shadow: 0 2px var(--accent) }
main { flex: 1; padding-block: 32px 48px }
main.narrow { max-width: 420px; padding-top: 9vh }
h1 { font-size: 24px; line-height: 1.25; font-weight: 650; margin: 0 0 4px; letter-spacing: -.01em }
h2 { font-size: 16px; font-weight: 650; margin: 0 0 4px }
p { margin: 0 0 12px }
.quiet { color: var(--quiet) }
section { margin-top: 28px }
.sheet { background: var(--sheet); border: 1px solid var(--line); border-radius: 10px; padding: 24px; margin-top: 20px }
.notice, .problem, .demo { border-radius: 8px; padding: 10px 14px; margin: 16px 0 }
.notice { background: var(--notice) }
.problem { background: light-dark(#fdeeec, #3b2220); border-left: 3px solid var(--danger) }
.demo { background: var(--warning); margin: 0; border-radius: 0; text-align: center; font-size: 13px }
label { display: block; font-weight: 550; margin-bottom: 5px }
.field { margin-bottom: 16px }
input[type=text], input[type=password] { width: 100%; font: inherit; color: inherit; background: var(--ground); border: 1px solid light-dark(#8c94a3, #6c7585); border-radius: 7px; padding: 9px 11px }
.field small { display: block; margin-top: 5px }
form.sheet { max-width: 460px; margin-top: 12px }
main.narrow form.sheet { max-width: none; margin-top: 20px }
.check { display: flex; gap: 9px; align-items: flex-start; margin-bottom: 20px }
.check label { font-weight: 400; margin: 0 }
.check input { width: 17px; height: 17px; margin: 3px 0 0; accent-color: var(--accent) }
.check small { display: block; color: var(--quiet) }
button { font: inherit; font-weight: 550; border-radius: 7px; padding: 9px 16px; min-height: 40px; border: 1px solid var(--line); background: var(--sheet); color: var(--ink); cursor: pointer }
button:hover { border-color: var(--quiet) }
button.main { background: var(--accent); border-color: var(--accent); color: var(--on-accent); width: 100% }
button.main:hover { filter: brightness(1.06) }
button.danger { color: var(--danger) }
button.plain { border: 0; padding: 4px 0; min-height: 0; background: none; color: var(--quiet); font-weight: 400 }
button.plain:hover { color: var(--ink) }
nav form { margin: 0 }
.ends { font-size: 20px; font-weight: 600; margin: 4px 0 }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 6px 24px; margin: 0 }
dt { color: var(--quiet) }
dd { margin: 0; overflow-wrap: anywhere }
ul.sessions { list-style: none; margin: 16px 0 0; padding: 0; background: var(--sheet); border: 1px solid var(--line); border-radius: 10px }
ul.sessions li { display: flex; gap: 16px; align-items: center; padding: 14px 18px }
ul.sessions li + li { border-top: 1px solid var(--line) }
ul.sessions .what { flex: 1; min-width: 0; overflow-wrap: anywhere }
ul.sessions .what small { display: block; color: var(--quiet) }
.tag { font-size: 12px; font-weight: 550; color: var(--accent); border: 1px solid currentColor; border-radius: 99px; padding: 0 8px; margin-left: 8px; white-space: nowrap }
.actions { display: flex; gap: 10px; flex-wrap: wrap; margin-top: 16px }
.actions + p { margin-top: 12px }
footer { border-top: 1px solid var(--line); font-size: 13px; color: var(--quiet) }
footer > div { padding-block: 14px }
@media (max-width: 480px) { ul.sessions li { flex-wrap: wrap } dl { grid-template-columns: 1fr; gap: 0 } dd { margin-bottom: 8px } }
@media (prefers-reduced-motion: no-preference) { button, nav a { transition: border-color .12s, color .12s, filter .12s } }
`.trimStart()

/**
 * The pages' only script, an extra: what a page says of the session follows the server's truth, which moves when somebody
 * changes the policy or signs out elsewhere. It asks every few seconds while the page is looked at, and when the session
 * should have ended; then the server answers with the sign-in page. Asking is passive: it keeps nobody signed in.
 */
export const script = `
'use strict'
const units = [['d', 86400], ['h', 3600], ['m', 60], ['s', 1]]
const inWords = (seconds) => {
  let rest = Math.max(0, Math.ceil(seconds))
  const first = units.findIndex(([, length]) => rest >= length)
  if (first < 0) return '0 s'
  return units.slice(first, first + 2).map(([name, length]) => {
    const amount = Math.floor(rest / length)
    rest -= amount * length
    return amount + ' ' + name
  }).join(' ')
}
const localise = (root) => {
  for (const time of root.querySelectorAll('time[data-local]')) {
    const options = { dateStyle: 'medium', timeStyle: 'short' }
    time.textContent = new Intl.DateTimeFormat(undefined, options).format(new Date(time.dateTime))
  }
}
const partsOf = (page) => new Map([...page.querySelectorAll('[data-live]')].map((part) => [part.dataset.live, part]))
const served = new Map([...partsOf(document)].map(([name, part]) => [name, part.outerHTML]))
let asOf = performance.timeOrigin
const show = (page) => {
  const shown = partsOf(document)
  for (const [name, fresh] of partsOf(page)) {
    const old = shown.get(name)
    if (!old || served.get(name) === fresh.outerHTML) continue
    served.set(name, fresh.outerHTML)
    const focused = old.contains(document.activeElement) ? document.activeElement.getAttribute('data-focus') : null
    localise(fresh)
    old.replaceWith(document.adoptNode(fresh))
    if (focused) fresh.querySelector('[data-focus="' + CSS.escape(focused) + '"]')?.focus()
  }
}
let asking = false
const ask = async () => {
  if (asking) return
  asking = true
  try {
    const answer = await fetch(location.href, { headers: { 'Session-Activity': 'passive', accept: 'text/html' } })
    if (answer.redirected) {
      // Where nobody is signed in there is nothing to lose but what was typed.
      if (document.querySelector('nav')) location.reload()
    } else if (answer.ok) {
      const text = await answer.text()
      asOf = Date.now()
      show(new DOMParser().parseFromString(text, 'text/html'))
    }
  } catch {
    // The server can't be reached: what was last heard stands.
  } finally {
    asking = false
  }
}
let endedSince
const look = () => {
  const countdown = document.querySelector('[data-ends-in]')
  if (!countdown) return
  const scale = Number(countdown.dataset.timeScale) || 1
  const left = Number(countdown.dataset.endsIn) - (Date.now() - asOf) / 1000 * scale
  countdown.textContent = inWords(left)
  if (left > 0) endedSince = undefined
  else if (endedSince === undefined || Date.now() - endedSince > 5000) {
    endedSince = Date.now()
    ask()
  }
}
localise(document)
if (served.size > 0) {
  setInterval(look, 1000)
  setInterval(() => { if (!document.hidden) ask() }, 10000)
  document.addEventListener('visibilitychange', () => { if (!document.hidden) ask() })
  addEventListener('pageshow', (event) => { if (event.persisted) ask() })
  look()
}
`.trimStart()

export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><circle cx="12" cy="12" r="10" fill="#2f5bd3"/><path d="M12 6v6l4 3" fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/></svg>`
