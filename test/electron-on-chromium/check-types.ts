import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { cutDeclarations } from './cut-declarations.ts'
import { exportedValues, surface } from './surface.ts'

/**
 * Checks the app's use of Electron, and the stand-in itself, against what the stand-in has: Electron's own declarations
 * are cut down to `surface.ts` and the code is compiled against them.
 */
const root = new URL('../../', import.meta.url)
const cut = new URL('node_modules/.cache/electron-on-chromium/electron.d.ts', root)
const whole = readFileSync(new URL('node_modules/electron/electron.d.ts', root), 'utf8')

mkdirSync(new URL('.', cut), { recursive: true })
writeFileSync(cut, cutDeclarations(whole, { exportedValues, surface }))
const compiler = fileURLToPath(new URL('node_modules/typescript/bin/tsc', root))
const project = fileURLToPath(new URL('.', import.meta.url))
process.exitCode = spawnSync(process.execPath, [compiler, '-p', project], { stdio: 'inherit' }).status ?? 1
