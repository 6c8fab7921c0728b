import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { UpdateState } from '../../../../domain/update.ts'
import type { UpdateSource } from '../../../../main/settings/update-source.ts'
import { createUpdates, type ReadyUpdate, type UpdatesParts } from '../../../../main/updates/updates.ts'
import type { UpdatesMemory } from '../../../../main/updates/updates-file.ts'
import {
  createPublisher,
  type FeedServer,
  type Folder,
  release,
  startFeed,
} from '../../../support/update-feed.ts'

/** Polls for longer than a busy machine takes. */
const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 20_000, interval: 5 })

const publisher = createPublisher()
const stranger = createPublisher()
const day = 24 * 3_600_000
let feed: FeedServer

beforeAll(async () => {
  feed = await startFeed()
})
afterAll(() => feed.stop())
beforeEach(() => feed.answer({}))

/** Curfew 0.1.0 as a deb, following the feed unless told otherwise. */
async function curfew(more: Partial<UpdatesParts> = {}, source?: UpdateSource | 'organisation' | 'nowhere') {
  const folder = await mkdtemp(join(tmpdir(), 'curfew-updates-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const known = { unlocked: true, daily: true, now: 1_800_000_000_000 }
  const states: UpdateState[] = []
  const installed: ReadyUpdate[] = []
  const timers: (() => void)[] = []
  const memory = {
    value: { checkedAt: 0, newest: '0.0.0' } as UpdatesMemory,
    async write(value: UpdatesMemory) {
      memory.value = value
    },
  }
  const updates = createUpdates({
    version: '0.1.0',
    platform: 'linux',
    arch: 'x64',
    kind: 'deb',
    fetch,
    folder,
    memory,
    checksDaily: () => known.daily,
    isUnlocked: () => known.unlocked,
    now: () => known.now,
    after: (_milliseconds, action) => {
      timers.push(action)
      return () => timers.splice(timers.indexOf(action), 1)
    },
    onState: (state) => states.push(state),
    install: async (update) => {
      installed.push(update)
    },
    log: () => {},
    limits: { stallMs: 300, feedMs: 2000 },
    ...more,
  })
  updates.follow(source ?? { feed: feed.url, keys: [publisher.publicKey] })
  return {
    ...updates,
    known,
    memory,
    states,
    installed,
    folder,
    /** An hour passes, and all timers with it. */
    tick: () => {
      for (const action of timers.splice(0)) action()
    },
    async found() {
      await updates.check()
      return updates.state()
    },
    async downloaded() {
      await updates.check()
      updates.download()
      await eventually(() => updates.state().step.at).not.toBe('downloading')
      return updates.state()
    },
  }
}

const at = (state: UpdateState) => state.step.at

describe('C7 an update that is as it should be', () => {
  test('is found, told with its notes as text, downloaded only when asked for, and handed on when quitting', async () => {
    const notes = '<b>New</b>\r\n* all\u202e of it\u0007'
    const folder = release('0.2.0', publisher, { notes })
    feed.answer(folder)
    const app = await curfew()
    const before = feed.asked.length
    expect(await app.found()).toMatchObject({
      current: '0.1.0',
      problem: null,
      checkedAt: new Date(app.known.now).toISOString(),
      step: {
        at: 'available',
        release: { version: '0.2.0', notes: '<b>New</b>\n* all of it' },
        size: 300_000,
      },
    })
    expect(feed.asked.slice(before)).toEqual(['/latest-linux.yml', '/latest-linux.yml.sig'])
    expect(app.atQuit()).toBeUndefined()
    expect(at(await app.downloaded())).toBe('ready')
    await app.atQuit()?.()
    expect(app.installed).toMatchObject([{ version: '0.2.0' }])
    expect(await readFile(app.installed[0]?.path ?? '')).toEqual(folder['Curfew-0.2.0-linux-amd64.deb'])
  })

  test('tells how far the download is, and keeps nothing else in its folder', async () => {
    feed.answer(release('0.2.0', publisher))
    const app = await curfew()
    await writeFile(join(app.folder, 'Curfew-0.1.5.deb'), 'older')
    await app.downloaded()
    const received = app.states.flatMap(({ step }) => (step.at === 'downloading' ? [step.received] : []))
    expect(received.length).toBeGreaterThan(1)
    expect(received).toEqual(received.toSorted((a, b) => a - b))
    expect(await readdir(app.folder)).toEqual(['Curfew-0.2.0-linux-amd64.deb'])
  })

  test('is not downloaded again while the file is there, and is where it has changed', async () => {
    const folder = release('0.2.0', publisher)
    feed.answer(folder)
    const app = await curfew()
    await app.downloaded()
    app.cancel()
    const before = feed.asked.length
    expect(at(await app.downloaded())).toBe('ready')
    expect(feed.asked.slice(before).filter((path) => path.endsWith('.deb'))).toEqual([])
    app.cancel()
    await writeFile(join(app.folder, 'Curfew-0.2.0-linux-amd64.deb'), Buffer.alloc(300_000))
    expect(at(await app.downloaded())).toBe('ready')
    expect(feed.asked.slice(before).filter((path) => path.endsWith('.deb'))).toHaveLength(1)
  })

  test('is taken over redirects, as long as they lead to https', async () => {
    const folder = release('0.2.0', publisher)
    feed.answer((request, response) => {
      const path = (request.url ?? '').slice(1)
      if (path.startsWith('cdn/')) response.end(folder[path.slice(4)])
      else response.writeHead(302, { location: `/cdn/${path}` }).end()
    })
    expect(at(await (await curfew()).downloaded())).toBe('ready')
  })

  test('may be signed with either of two keys while one replaces the other', async () => {
    const folder = release('0.2.0', publisher)
    const other = release('0.2.0', stranger)
    const [theirs] = [other['latest-linux.yml.sig']]
    feed.answer({
      ...folder,
      'latest-linux.yml.sig': Buffer.concat([
        theirs ?? Buffer.of(),
        folder['latest-linux.yml.sig'] ?? Buffer.of(),
      ]),
    })
    expect(at(await (await curfew()).found())).toBe('available')
  })

  test('that is the one that runs is none', async () => {
    feed.answer(release('0.1.0', publisher))
    const state = await (await curfew()).found()
    expect(state).toMatchObject({ problem: null, step: { at: 'idle' } })
    expect(state.checkedAt).not.toBeNull()
  })

  test('is only told of where Curfew was not installed in a way that it could update', async () => {
    feed.answer(release('0.2.0', publisher))
    const app = await curfew({ kind: undefined } as never)
    expect((await app.found()).step).toEqual({ at: 'available', release: { version: '0.2.0', notes: '' } })
    expect(app.download()).toMatchObject({ ok: false })
  })
})

/** A feed of which one thing is wrong, and what is said of it. */
const wrongFeeds: readonly (readonly [what: string, answer: () => Folder | RequestListener, said: RegExp])[] =
  [
    [
      'that nobody signed',
      () => without(release('0.2.0', publisher), 'latest-linux.yml.sig'),
      /answered 404/,
    ],
    [
      'with an empty signature',
      () => ({ ...release('0.2.0', publisher), 'latest-linux.yml.sig': Buffer.of() }),
      /not signed by/,
    ],
    ['that somebody else signed', () => release('0.2.0', stranger), /not signed by/],
    [
      'that was changed by one byte after it was signed',
      () => changed(release('0.2.0', publisher), 'latest-linux.yml'),
      /not signed by/,
    ],
    [
      'with the signature of another release',
      () => ({
        ...release('0.2.0', publisher),
        'latest-linux.yml': release('0.3.0', publisher)['latest-linux.yml'] ?? Buffer.of(),
      }),
      /not signed by/,
    ],
    [
      'of another system under this one’s name',
      () => release('0.2.0', publisher, { signedAs: 'latest.yml', ending: '.exe' }),
      /not signed by/,
    ],
    [
      'that has nothing for this way of installing',
      () => release('0.2.0', publisher, { ending: '.rpm' }),
      /not for this computer/,
    ],
    ['that is no feed', () => release('0.2.0', publisher, { file: { size: -1 } }), /can’t read it/],
    [
      'whose file lies elsewhere',
      () => release('0.2.0', publisher, { file: { url: '../x.deb' } }),
      /can’t read it/,
    ],
    [
      'whose file lies on another server',
      () => release('0.2.0', publisher, { file: { url: 'https://example.org/x.deb' } }),
      /can’t read it/,
    ],
    ['of a preview', () => release('0.2.0-beta.1', publisher), /can’t read it/],
    ['that never ends', () => endless, /more than was to be expected/],
    ['that keeps still', () => (_request, response) => void response.write('version'), /kept still/],
    [
      'that comes a byte at a time',
      () => (_request, response) => {
        const timer = setInterval(() => response.write('#'), 50)
        response.on('close', () => clearInterval(timer))
      },
      /took too long/,
    ],
    ['that never answers', () => () => {}, /kept still/],
    ['that breaks off', () => (_request, response) => void response.destroy(), /can’t be reached/],
    [
      'that answers with a fault',
      () => (_request, response) => void response.writeHead(500).end(),
      /answered 500/,
    ],
    [
      'that redirects without an end',
      () => (request, response) => void response.writeHead(302, { location: `${request.url}x` }).end(),
      /without an end/,
    ],
  ]

const endless: RequestListener = (_request, response) => {
  const more = () => {
    while (!response.closed && response.write(Buffer.alloc(65_536)));
  }
  response.on('drain', more)
  more()
}

function without(folder: Folder, name: string): Folder {
  const { [name]: _gone, ...rest } = folder
  return rest
}

function changed(folder: Folder, name: string): Folder {
  const content = Buffer.from(folder[name] ?? '')
  content[content.length - 2] = (content[content.length - 2] ?? 0) ^ 1
  return { ...folder, [name]: content }
}

describe('C7 a feed that is not as it should be', () => {
  test.each(wrongFeeds)('%s offers nothing, and why is told', async (_what, answer, said) => {
    feed.answer(answer())
    const app = await curfew()
    const state = await app.found()
    expect(state.problem).toMatch(said)
    expect(state).toMatchObject({ checkedAt: null, step: { at: 'idle' } })
    expect(app.download()).toMatchObject({ ok: false })
    expect(app.memory.value).toEqual({ checkedAt: 0, newest: '0.0.0' })
  })

  test('that redirects to http is not followed there', async () => {
    let asked = 0
    const plain = createServer((_request, response) => {
      asked += 1
      response.end()
    })
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void plain.close())
    const location = `http://127.0.0.1:${(plain.address() as AddressInfo).port}/latest-linux.yml`
    feed.answer((_request, response) => void response.writeHead(302, { location }).end())
    expect((await (await curfew()).found()).problem).toMatch(/not https/)
    expect(asked).toBe(0)
  })

  test('that is older than what runs offers nothing', async () => {
    feed.answer(release('0.0.9', publisher))
    const app = await curfew()
    expect(await app.found()).toMatchObject({ step: { at: 'idle' } })
    expect(app.download()).toMatchObject({ ok: false })
  })

  test('that goes back behind what it has offered is refused, though both are newer than what runs', async () => {
    const app = await curfew()
    feed.answer(release('0.10.0', publisher))
    expect(at(await app.found())).toBe('available')
    feed.answer(release('0.9.0', publisher))
    expect((await app.found()).problem).toMatch(/0\.9\.0, although 0\.10\.0/)
    expect(app.state().step).toMatchObject({ at: 'available', release: { version: '0.10.0' } })
  })
})

const wrongFiles: readonly (readonly [
  what: string,
  answer: (folder: Folder) => Folder | RequestListener,
  said: RegExp,
])[] = [
  [
    'was changed by one byte',
    (folder) => changed(folder, installer),
    /not the one that its publisher signed/,
  ],
  [
    'was cut short',
    (folder) => ({ ...folder, [installer]: Buffer.from(folder[installer] ?? '').subarray(0, 299_999) }),
    /ended before its end/,
  ],
  [
    'is longer than was signed',
    (folder) => ({ ...folder, [installer]: Buffer.concat([folder[installer] ?? Buffer.of(), Buffer.of(0)]) }),
    /more than was to be expected/,
  ],
  ['is gone', (folder) => without(folder, installer), /answered 404/],
  ['never ends', (folder) => fileBy(folder, endless), /more than was to be expected/],
  [
    'keeps still in the middle',
    (folder) => fileBy(folder, (_request, response) => void response.write(Buffer.alloc(1000))),
    /kept still/,
  ],
  [
    'is redirected to http',
    (folder) =>
      fileBy(
        folder,
        (_request, response) => void response.writeHead(302, { location: 'http://127.0.0.1:9/x.deb' }).end(),
      ),
    /not https/,
  ],
]
const installer = 'Curfew-0.2.0-linux-amd64.deb'

/** The feed from the folder, its file by itself. */
function fileBy(folder: Folder, answer: RequestListener): RequestListener {
  return (request, response) => {
    if (request.url === `/${installer}`) answer(request, response)
    else response.end(folder[(request.url ?? '').slice(1)])
  }
}

describe('C7 a file that is not what was signed', () => {
  test.each(wrongFiles)(
    'since it %s is not kept, nor installed, and why is told',
    async (_what, answer, said) => {
      feed.answer(answer(release('0.2.0', publisher)))
      const app = await curfew()
      const state = await app.downloaded()
      expect(state.problem).toMatch(said)
      expect(at(state)).toBe('available')
      expect(await readdir(app.folder)).toEqual([])
      expect(app.atQuit()).toBeUndefined()
    },
  )

  test('since it was changed on the disk after the download is not installed', async () => {
    feed.answer(release('0.2.0', publisher))
    const app = await curfew()
    await app.downloaded()
    await writeFile(join(app.folder, installer), Buffer.alloc(300_000))
    await app.atQuit()?.()
    expect(app.installed).toEqual([])
  })
})

describe('C7 nothing happens by itself', () => {
  test('a feed is asked once a day, and only while Curfew is unlocked', async () => {
    feed.answer(release('0.1.0', publisher))
    const app = await curfew()
    const asked = () => feed.asked.length - before
    const before = feed.asked.length
    app.known.unlocked = false
    app.unlocked()
    app.tick()
    expect(asked()).toBe(0)
    app.known.unlocked = true
    app.unlocked()
    await eventually(() => app.state().checkedAt).not.toBeNull()
    expect(asked()).toBe(2)
    app.known.now += day - 1
    app.tick()
    app.unlocked()
    expect(at(app.state())).toBe('idle')
    app.known.now += 1
    app.tick()
    await eventually(asked).toBe(4)
  })

  test('a clock that was set back does not put checks off for ever', async () => {
    feed.answer(release('0.1.0', publisher))
    const app = await curfew()
    await app.found()
    app.known.now -= 400 * day
    app.unlocked()
    expect(at(app.state())).toBe('checking')
    await eventually(() => at(app.state())).toBe('idle')
  })

  test('a person who wants no daily checks is left alone, and can still ask', async () => {
    feed.answer(release('0.2.0', publisher))
    const app = await curfew()
    app.known.daily = false
    app.unlocked()
    expect(at(app.state())).toBe('idle')
    expect(at(await app.found())).toBe('available')
  })

  test.each(['organisation', 'nowhere'] as const)(
    'with no feed (%s) nobody is asked, and it is said',
    async (why) => {
      const before = feed.asked.length
      const app = await curfew({}, why)
      app.unlocked()
      expect(await app.check()).toMatchObject({ ok: false })
      expect(app.download()).toMatchObject({ ok: false })
      expect(app.state().step).toEqual({ at: 'off', why })
      expect(feed.asked.length).toBe(before)
    },
  )

  test('quitting a locked Curfew installs nothing', async () => {
    feed.answer(release('0.2.0', publisher))
    const app = await curfew()
    await app.downloaded()
    app.known.unlocked = false
    expect(app.atQuit()).toBeUndefined()
  })

  test('what was downloaded can be given up again, and a download ended', async () => {
    const folder = release('0.2.0', publisher)
    feed.answer(folder)
    const app = await curfew()
    await app.downloaded()
    app.cancel()
    expect(app.atQuit()).toBeUndefined()
    await rm(join(app.folder, installer))
    feed.answer(fileBy(folder, (_request, response) => void response.write('a')))
    await app.check()
    app.download()
    expect(at(app.state())).toBe('downloading')
    app.cancel()
    expect(app.state()).toMatchObject({ problem: null, step: { at: 'available' } })
    await eventually(() => readdir(app.folder)).toEqual([])
  })

  test('what was downloaded from one source is dropped when the organisation names another', async () => {
    feed.answer(release('0.2.0', publisher))
    const app = await curfew()
    await app.downloaded()
    app.follow({ feed: feed.url, keys: [publisher.publicKey] })
    expect(at(app.state())).toBe('ready')
    app.follow({ feed: feed.url, keys: [stranger.publicKey] })
    expect(at(app.state())).toBe('idle')
    expect(app.atQuit()).toBeUndefined()
    await app.downloaded()
    app.follow('organisation')
    expect(app.atQuit()).toBeUndefined()
  })
})
