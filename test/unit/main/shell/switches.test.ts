import { describe, expect, it } from 'vitest'
import { refusedSwitch } from '../../../../main/shell/switches.ts'

describe('the switches of a packaged Curfew', () => {
  it.each([
    '--remote-debugging-port=9222',
    '--remote-debugging-port',
    '-remote-debugging-port=9222',
    '--remote-debugging-pipe',
    '--inspect',
    '--inspect-brk=0',
    '--js-flags=--expose-gc',
    '--load-extension=/tmp/x',
    '--proxy-server=evil.example.com',
    '--proxy-pac-url=http://evil.example.com/',
    '--host-rules=MAP * evil.example.com',
    '--host-resolver-rules=MAP * evil.example.com',
    '--ignore-certificate-errors',
    '--ssl-key-log-file=/tmp/keys',
    '--disable-web-security',
    '--no-sandbox',
    '--enable-logging=file',
    '--a-switch-of-some-later-chromium',
  ])('refuses %s', (argument) => {
    expect(refusedSwitch([argument], 'linux')).toBe(argument.split('=')[0])
  })

  it('finds one among others, and none after a bare --', () => {
    expect(refusedSwitch(['--lang=de', 'file', '--inspect'], 'linux')).toBe('--inspect')
    expect(refusedSwitch(['--lang=de', '--', '--inspect'], 'linux')).toBeUndefined()
  })

  it('reads a slash and any case as Windows does', () => {
    expect(refusedSwitch(['/remote-debugging-port=1'], 'win32')).toBe('/remote-debugging-port')
    expect(refusedSwitch(['--LANG=de'], 'win32')).toBeUndefined()
    expect(refusedSwitch(['/usr/share/file'], 'linux')).toBeUndefined()
    expect(refusedSwitch(['--LANG=de'], 'linux')).toBe('--LANG')
  })

  it('starts with what draws the window, says where the data is, or comes from the updater', () => {
    const harmless = ['--ozone-platform-hint=auto', '--force-device-scale-factor=1.5', '--user-data-dir=/d']
    expect(refusedSwitch([...harmless, '--disable-gpu', '--updated', '-', 'curfew'], 'linux')).toBeUndefined()
  })
})
