import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fetchRuntime, installedRuntime } from '../../electron-33/runtime.ts'

const onLinux = process.platform === 'linux'

describe.skipIf(!onLinux)(
  `fetching the Electron 33 test runtime${onLinux ? '' : ' (skipped: Linux only)'}`,
  () => {
    let work: string
    let folder: string
    beforeEach(() => {
      work = mkdtempSync(join(tmpdir(), 'curfew-runtime-'))
      folder = join(work, 'cache', 'runtime')
    })
    afterEach(() => rmSync(work, { recursive: true, force: true }))

    /** An npm that does as it is told here. */
    function npmThat(does: string): string {
      const npm = join(work, 'npm')
      writeFileSync(npm, `#!/bin/sh\n${does}\n`, { mode: 0o755 })
      return npm
    }
    const nothingIsLeft = () => {
      expect(installedRuntime(folder)).toBeUndefined()
      expect(readdirSync(join(work, 'cache'))).toEqual([])
    }
    const packs = (content: string) => `printf '${content}' > "$4/package.tgz"`

    it('says what to do where npm can’t fetch it, and leaves nothing', async () => {
      const npm = npmThat('echo "npm error network request failed" >&2; exit 1')
      await expect(fetchRuntime(() => {}, { folder, npm })).rejects.toThrow(
        /could not be fetched with npm \(npm error network request failed\).*CURFEW_HOST=stand-in/,
      )
      nothingIsLeft()
    })

    it('says so where there is no npm at all, or it leaves no file', async () => {
      await expect(fetchRuntime(() => {}, { folder, npm: join(work, 'no-npm') })).rejects.toThrow(
        /could not be fetched/,
      )
      await expect(fetchRuntime(() => {}, { folder, npm: npmThat('exit 0') })).rejects.toThrow(/left no file/)
      nothingIsLeft()
    })

    it('throws away what has another checksum than the pinned one', async () => {
      await expect(fetchRuntime(() => {}, { folder, npm: npmThat(packs('other')) })).rejects.toThrow(
        /its checksum is wrong, and it was thrown away/,
      )
      nothingIsLeft()
    })

    it('says so where the right file can’t be unpacked', async () => {
      const integrity = `sha512-${createHash('sha512').update('broken').digest('base64')}`
      await expect(
        fetchRuntime(() => {}, { folder, npm: npmThat(packs('broken')), integrity }),
      ).rejects.toThrow(/could not be unpacked in .*CURFEW_CACHE/)
      nothingIsLeft()
    })

    it('says how much room it needs where the disk is full', () => {
      const script = `
      import { fetchRuntime } from './test/electron-33/runtime.ts'
      await fetchRuntime(() => {}, { folder: process.argv[1], npm: process.argv[2] })
        .catch((error) => console.log(error.name, error.message))`
      const npm = npmThat('head -c 4000000 /dev/zero > "$4/package.tgz"')
      const disk = join(work, 'cache')
      const { stdout, stderr } = spawnSync(
        'unshare',
        [
          ...['--user', '--map-root-user', '--mount', 'sh', '-c'],
          'mkdir -p "$1" && mount -t tmpfs -o size=1m tmpfs "$1" && exec "$2" --input-type=module -e "$3" -- "$1/runtime" "$4"',
          ...['sh', disk, process.execPath, script, npm],
        ],
        { encoding: 'utf8' },
      )
      expect(stdout, stderr).toMatch(/^Explained The disk is full: .* needs 700 MB in .*CURFEW_CACHE/)
    })
  },
)

const executable = installedRuntime()
const reason = executable ? '' : ' (skipped: it has not been fetched here yet)'

describe.skipIf(!executable)(`the runtime in the cache${reason}`, () => {
  it('has its licences, and of the app that it came with only what this repository put there', () => {
    const folder = dirname(executable ?? '')
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(['LICENSE', 'LICENSES.chromium.html']))
    expect(readdirSync(join(folder, 'resources'))).toEqual(['app'])
    expect(readFileSync(join(folder, 'resources', 'app', 'main.js'), 'utf8')).toBe(
      readFileSync('test/electron-33/boot/main.js', 'utf8'),
    )
  })
})
