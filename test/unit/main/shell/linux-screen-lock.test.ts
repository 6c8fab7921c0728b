import { execFileSync } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type ScreenLockEvent, watchLinuxScreenLock } from '../../../../main/shell/linux-screen-lock.ts'
import { type BoundProcess, startBound } from '../../../support/bound-process.ts'

const onLinux = process.platform === 'linux'

// A desktop's real bus, with signals sent by a program of its own.
describe.skipIf(!onLinux)(`the screen’s lock on D-Bus${onLinux ? '' : ' (skipped: Linux only)'}`, () => {
  let bus: BoundProcess
  let heard: ScreenLockEvent[]
  let reported: string[]
  const env = () => ({ DBUS_SESSION_BUS_ADDRESS: bus.firstLine, DBUS_SYSTEM_BUS_ADDRESS: bus.firstLine })

  beforeEach(async () => {
    bus = await startBound(['dbus-daemon', '--session', '--nofork', '--print-address=1'])
    heard = []
    reported = []
  })
  afterEach(() => bus.stop())

  const emit = (path: string, signal: string, ...values: string[]) =>
    execFileSync('dbus-send', [`--bus=${bus.firstLine}`, '--type=signal', path, signal, ...values])

  /** Sends it until it is heard: the listener may still be connecting. */
  async function untilHeard(send: () => void): Promise<void> {
    await vi.waitFor(
      () => {
        send()
        expect(heard).not.toEqual([])
      },
      { timeout: 10_000, interval: 100 },
    )
  }
  const watch = () =>
    watchLinuxScreenLock({
      happened: (event) => heard.push(event),
      report: (what) => reported.push(what),
      env: env(),
    })

  it.each([
    'org.gnome.ScreenSaver',
    'org.freedesktop.ScreenSaver',
    'org.cinnamon.ScreenSaver',
    'org.mate.ScreenSaver',
  ])('C4: %s being active locks', async (name) => {
    await watch()
    await untilHeard(() => emit('/ScreenSaver', `${name}.ActiveChanged`, 'boolean:true'))
    expect(new Set(heard)).toEqual(new Set(['screen-lock']))
    expect(reported).toEqual([])
  })

  it('C4: a screen saver that ends, another signal of that name, and another session’s lock do nothing', async () => {
    await watch()
    await untilHeard(() => emit('/ScreenSaver', 'org.gnome.ScreenSaver.ActiveChanged', 'boolean:true'))
    heard.length = 0
    emit('/ScreenSaver', 'org.gnome.ScreenSaver.ActiveChanged', 'boolean:false')
    emit('/x', 'com.example.Playlist.ActiveChanged', 'boolean:true')
    emit('/ScreenSaver', 'org.gnome.ScreenSaver.ActiveChanged', 'string:true')
    emit('/org/freedesktop/login1/session/other', 'org.freedesktop.login1.Session.Lock')
    // The bus keeps the order: what comes after these is heard after them.
    await untilHeard(() => emit('/ScreenSaver', 'org.kde.ScreenSaver.ActiveChanged', 'boolean:true'))
    expect(new Set(heard)).toEqual(new Set(['screen-lock']))
    expect(heard.length).toBeLessThanOrEqual(2)
  })

  it.each([
    undefined,
    '',
    'unix:path=/nowhere/at/all',
    'tcp:host=localhost',
    'nonsense',
    'unix:abstract=nobody',
  ])('a bus at %s is no fault', async (address) => {
    await watchLinuxScreenLock({
      happened: (event) => heard.push(event),
      report: (what) => reported.push(what),
      env: {
        ...(address !== undefined && { DBUS_SESSION_BUS_ADDRESS: address }),
        DBUS_SYSTEM_BUS_ADDRESS: bus.firstLine,
      },
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(reported).toEqual([])
  })

  it('C4: a path with odd characters in its address is found', async () => {
    await watchLinuxScreenLock({
      happened: (event) => heard.push(event),
      report: (what) => reported.push(what),
      env: {
        DBUS_SESSION_BUS_ADDRESS: bus.firstLine.replace(
          /path=([^,]+)/,
          (_, path: string) => `path=${path.replace('tmp', '%74mp')}`,
        ),
      },
    })
    await untilHeard(() => emit('/ScreenSaver', 'org.gnome.ScreenSaver.ActiveChanged', 'boolean:true'))
    expect(heard[0]).toBe('screen-lock')
  })
})
