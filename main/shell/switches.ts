/**
 * The command-line switches that a packaged Curfew starts with: how it is drawn, where its data is, what its updater
 * adds. All others are refused, since many open the app from outside (SECURITY.md, "How it is started").
 */
const allowed: ReadonlySet<string> = new Set([
  'class',
  'disable-gpu',
  'disable-gpu-compositing',
  'enable-wayland-ime',
  'force-device-scale-factor',
  'gtk-version',
  'high-dpi-support',
  'lang',
  'name',
  'ozone-platform',
  'ozone-platform-hint',
  'updated',
  'user-data-dir',
  'wayland-text-input-version',
])

/**
 * The first switch that a packaged Curfew doesn't start with, or `undefined`. Switches are read as Chromium reads them:
 * one dash or two, on Windows a slash too and in any case, none after a bare `--`.
 *
 * @param args the command line without the program
 */
export function refusedSwitch(args: readonly string[], platform: NodeJS.Platform): string | undefined {
  const end = args.indexOf('--')
  for (const argument of end === -1 ? args : args.slice(0, end)) {
    const prefix = platform === 'win32' ? /^(?:--?|\/)/ : /^--?/
    const [written = ''] = argument.split('=')
    if (!prefix.test(argument) || argument === '-') continue
    const name = written.replace(prefix, '')
    if (!allowed.has(platform === 'win32' ? name.toLowerCase() : name)) return written
  }
  return undefined
}

/** Environment variables with which other programs could read what Curfew sends; a packaged Curfew unsets them. */
export const refusedVariables = ['SSLKEYLOGFILE'] as const
