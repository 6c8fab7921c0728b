import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

/** What of Electron opens Curfew to others, by the name it is written with. */
const never = [
  'enableBlinkFeatures',
  'openExternal',
  'openPath',
  'webSecurity: false',
  'allowRunningInsecureContent',
  'experimentalFeatures',
  'setAsDefaultProtocolClient',
  'allowFileAccess',
  'appendSwitch',
  'executeJavaScript',
  'nodeIntegrationInSubFrames',
]

test('the window asks for nothing of the browser that opens it to others, and main hands no address to another program', () => {
  const files = globSync('main/**/*.ts')
  expect(files.length).toBeGreaterThan(50)
  for (const path of files) {
    const source = readFileSync(path, 'utf8')
    for (const name of never) expect(source.includes(name), `${path}: ${name}`).toBe(false)
  }
})
