import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { faultsBelow, faultsIn, importsOf } from '../../scripts/house.ts'

const root = join(import.meta.dirname, '..', '..')

/** Runs a program of `node_modules` in a folder, and answers what it printed and whether it found anything. */
function check(folder: string, program: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, program), ...args], {
    cwd: folder,
    encoding: 'utf8',
  })
  return { passed: status === 0, said: `${stdout}${stderr}` }
}

/** An import in a file of the product, and what is said of it. */
const wrongImports = [
  ['domain/x.ts', '../main/log.ts', 'imports no other folder'],
  ['domain/x.ts', 'node:fs', 'runs without Node'],
  ['domain/x.ts', 'fs', 'runs without Node'],
  ['domain/x.ts', 'electron', 'import Electron'],
  ['service/x.ts', '../preload/contract/index.ts', 'only domain/'],
  ['preload/x.ts', '../renderer/main.tsx', 'only domain/'],
  ['preload/x.ts', 'node:os', 'runs without Node'],
  ['main/ipc/x.ts', 'electron', 'import Electron'],
  ['main/ipc/x.ts', '../../preload/index.ts', 'only domain/ and preload/contract/'],
  ['main/ipc/x.ts', '../../service/index.ts', 'only domain/ and preload/contract/'],
  ['main/ipc/x.ts', '../../scripts/host.ts', 'only domain/ and preload/contract/'],
  ['main/vault/x.ts', '../connectors/connector.ts', 'main/connectors/ stands above it'],
  ['main/storage/x.electron.ts', '../settings/app-settings.ts', 'main/settings/ stands above it'],
  ['main/clock.ts', './storage/store.ts', 'main/storage/ stands above it'],
  ['main/shell/x.ts', '../index.ts', 'main/index.ts stands above it'],
  ['renderer/app/x.ts', '../../preload/index.ts', 'only domain/ and preload/contract/'],
  ['renderer/app/x.ts', 'node:path', 'runs without Node'],
  ['renderer/screens/users/x.ts', '../security/policy-form.ts', 'no other screen'],
  ['renderer/screens/users/x.ts', '../../app/commands.ts', 'renderer/app/ stands above it'],
  ['renderer/components/x.tsx', '../screens/users/user-words.ts', 'renderer/screens/ stands above it'],
  ['renderer/state/x.ts', '../components/dialog.tsx', 'renderer/components/ stands above it'],
] as const

const rightImports = [
  ['main/x.electron.ts', 'electron'],
  ['main/ipc/handlers/x.ts', '../../vault/vault.ts'],
  ['main/ipc/x.ts', '../../preload/contract/index.ts'],
  ['main/vault/x.ts', 'node:crypto'],
  ['renderer/screens/users/x.ts', './use-users.ts'],
  ['renderer/screens/users/x.ts', '../../../domain/user.ts'],
  ['renderer/app/x.ts', '../screens/users/users-screen.tsx'],
  ['renderer/app/x.ts', '@mantine/core'],
] as const

describe('who imports whom', () => {
  test.each(wrongImports)('%s may not import %s', (path, name, because) => {
    expect(faultsIn(path, `import { x } from '${name}'\n`)).toEqual([expect.stringContaining(because)])
  })
  test.each(rightImports)('%s may import %s', (path, name) => {
    expect(faultsIn(path, `import { x } from '${name}'\n`)).toEqual([])
  })
  test('whichever way a module is named, it is seen', () => {
    const ways = `
      import type { A } from './a.ts'
      import './b.ts'
      export * from './c.ts'
      export { d } from './d.ts'
      const e = () => import('./e.ts')
      const f = () => import(\`./f.ts\`)
      type G = import('./g.ts').G
      const h = require('./h.ts')
    `
    expect(importsOf('x.ts', ways)).toEqual('abcdefgh'.split('').map((name) => `./${name}.ts`))
  })
  test('the product keeps the rules, and its files are short enough', () => {
    expect(faultsBelow(root)).toEqual([])
    expect(faultsIn('domain/x.ts', 'export {}\n'.repeat(401))).toEqual([expect.stringContaining('401 lines')])
  })
})

describe('npm run check', () => {
  let copy: string

  /** The product without its files: what the checks are told, and the few files of the test. */
  const write = (path: string, source: string) => {
    mkdirSync(dirname(join(copy, path)), { recursive: true })
    writeFileSync(join(copy, path), source)
  }
  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'curfew-guards-'))
    for (const file of [
      'tsconfig.json',
      'tsconfig.node.json',
      'tsconfig.page.json',
      'package.json',
      'biome.json',
    ])
      cpSync(join(root, file), join(copy, file))
    cpSync(join(root, 'knip.json'), join(copy, 'knip.json'))
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction')
    write('main/index.ts', "import { used } from '../domain/words.ts'\n\nconsole.log(used, process.pid)\n")
    write('domain/words.ts', "export const used = 'used'\n")
    write('renderer/main.tsx', 'console.log(document.title)\n')
  })
  afterAll(() => rmSync(copy, { recursive: true, force: true }))

  /** A check passes, fails with a file of this kind, and passes without it again. */
  function caught(path: string, source: string, program: string, ...args: readonly string[]): string {
    expect(check(copy, program, ...args)).toMatchObject({ passed: true })
    write(path, source)
    const { passed, said } = check(copy, program, ...args)
    rmSync(join(copy, path))
    expect(passed).toBe(false)
    return said
  }
  const tsc = 'node_modules/typescript/bin/tsc'

  test('runs every one of them', () => {
    for (const part of [
      'tsc -p tsconfig.node.json',
      'tsc -p tsconfig.page.json',
      'check-house',
      'biome',
      'knip',
    ])
      expect(manifest.scripts.check).toContain(part)
  })
  test('a forbidden import fails', () => {
    const said = caught('main/vault/x.ts', "import '../ipc/door.ts'\n", 'scripts/check-house.ts')
    expect(said).toContain('main/ipc/ stands above it')
  })
  test('the DOM in main, and Node in the page, do not compile', () => {
    const dom = caught('main/x.ts', 'console.log(document.title)\n', tsc, '-p', 'tsconfig.node.json')
    expect(dom).toContain("Cannot find name 'document'")
    const node = caught('renderer/x.ts', 'console.log(process.pid)\n', tsc, '-p', 'tsconfig.page.json')
    expect(node).toContain("Cannot find name 'process'")
  })
  test('what the preload exposes has no type outside state/calls.ts', () => {
    const source = 'console.log(window.curfew)\n'
    const said = caught('renderer/screens/users/x.ts', source, tsc, '-p', 'tsconfig.page.json')
    expect(said).toContain("Property 'curfew' does not exist")
  })
  test('an export that nobody imports, and a file that nobody does, fail', () => {
    write('domain/words.ts', "export const used = 'used'\nexport const dead = 'dead'\n")
    write('domain/lonely.ts', 'export {}\n')
    const { passed, said } = check(copy, 'node_modules/knip/bin/knip.js')
    expect(passed).toBe(false)
    expect(said).toMatch(/dead\s+domain\/words\.ts/)
    expect(said).toContain('domain/lonely.ts')
    expect(said).not.toMatch(/used\s+domain\/words\.ts/)
  })
})
