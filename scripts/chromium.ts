import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const { CURFEW_CHROMIUM, PATH = '', PROGRAMFILES, LOCALAPPDATA } = process.env

/** Where Chromium or Chrome is usually installed, by operating system, the likeliest first. */
function candidates(): string[] {
  if (process.platform === 'darwin') {
    return [
      '/Applications/Chromium.app/Contents/MacOS/Chromium',
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
      '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
    ]
  }
  if (process.platform === 'win32') {
    const roots = [PROGRAMFILES, process.env['PROGRAMFILES(X86)'], LOCALAPPDATA]
    const places = ['Chromium\\Application\\chrome.exe', 'Google\\Chrome\\Application\\chrome.exe']
    return roots.flatMap((root) => (root ? places.map((place) => join(root, place)) : []))
  }
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
  const folders = PATH.split(delimiter).filter((folder) => folder !== '')
  return [
    // Debian's /usr/bin/chromium is a shell script in front of this; going past it saves its start-up time.
    '/usr/lib/chromium/chromium',
    ...names.flatMap((name) => folders.map((folder) => join(folder, name))),
  ]
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Chromium or Chrome on this machine, `CURFEW_CHROMIUM` before all others; `undefined` where there is none. */
export function findInstalledChromium(): string | undefined {
  return CURFEW_CHROMIUM || candidates().find(isExecutable)
}

/** As {@link findInstalledChromium}, but throws with what to do where there is none. */
export function findChromium(): string {
  const found = findInstalledChromium()
  if (!found) {
    throw new Error(
      'No Chromium or Chrome found. Install one (Debian, Ubuntu: sudo apt-get install chromium) or name it in CURFEW_CHROMIUM.',
    )
  }
  return found
}
