import { expect, test } from 'vitest'
import { fail, succeed } from '../../../../domain/problem.ts'
import { createHandlers, type HandlerParts } from '../../../../main/ipc/handlers/index.ts'
import { type ChannelName, contract } from '../../../../preload/contract/index.ts'

/** Parts that write down what reaches them, and answer what the test gives them to answer. */
function build(answers: Readonly<Record<string, unknown>> = {}) {
  const heard: unknown[][] = []
  const part = (name: string, values: object = {}) =>
    new Proxy(values, {
      get: (_, key) =>
        key in values
          ? Reflect.get(values, key)
          : (...given: unknown[]) => {
              const call = `${name}.${String(key)}`
              heard.push([call, ...given])
              return answers[call]
            },
    })
  const hear = (call: string) => () => {
    heard.push([call])
  }
  const parts = {
    vault: part('vault', { drafts: part('drafts') }),
    settings: part('settings', { value: { theme: 'dark' } }),
    info: { version: '1', platform: 'linux' },
    notices: part('notices'),
    instances: part('instances'),
    connections: part('connections'),
    jobs: part('jobs'),
    news: part('news'),
    updates: part('updates'),
    people: part('people'),
    policies: part('policies'),
    systemConfig: part('systemConfig'),
    onActivity: hear('onActivity'),
    onSettings: hear('onSettings'),
  } as unknown as HandlerParts
  const handlers = createHandlers(parts) as Readonly<Record<ChannelName, (input: unknown) => unknown>>
  return { handlers, heard }
}

const instance = 'i1'
const job = 'j1'
const entry = { type: 'Flags', key: 'beta', value: 'on' }
const said = succeed('what the part said')
const nothing = succeed(undefined)

interface Row {
  readonly input?: unknown
  /** What reaches the parts: the function, and what it is given. */
  readonly heard: readonly (readonly unknown[])[]
  /** What the parts answer, and what the window gets. */
  readonly part?: unknown
  readonly answer: unknown
}

const passedOn = { part: said, answer: said }

/** Every channel, written by hand: a new one without its row fails to compile. */
const rows: Readonly<Record<ChannelName, Row>> = {
  'app.info': {
    heard: [['notices.list']],
    part: ['a notice'],
    answer: succeed({ version: '1', platform: 'linux', theme: 'dark', notices: ['a notice'] }),
  },
  'app.dismissNotice': { input: { id: 'n1' }, heard: [['notices.dismiss', 'n1']], answer: nothing },
  'clipboard.copy': { input: { text: 'a' }, heard: [['vault.copy', 'a']], answer: nothing },
  'lock.state': { heard: [['vault.state']], part: { status: 'new' }, answer: succeed({ status: 'new' }) },
  'lock.setUp': { input: { passphrase: 'a' }, heard: [['vault.setUp', 'a']], ...passedOn },
  'lock.ratePassphrase': { input: { candidate: 'a' }, heard: [['vault.ratePassphrase', 'a']], ...passedOn },
  'lock.unlock': { input: { passphrase: 'a' }, heard: [['vault.unlock', 'a']], ...passedOn },
  'lock.openKeychain': { heard: [['vault.openKeychain']], ...passedOn },
  'lock.now': { heard: [['vault.lock', 'manual']], answer: nothing },
  'lock.changePassphrase': {
    input: { current: 'a', next: 'b', replaceKey: true },
    heard: [['vault.changePassphrase', 'a', 'b', { replaceKey: true }]],
    ...passedOn,
  },
  'lock.forgetEverything': {
    input: { confirmed: 'forget everything' },
    heard: [['vault.forgetEverything']],
    ...passedOn,
  },
  'lock.activity': { heard: [['onActivity']], answer: nothing },
  'settings.read': { heard: [['settings.reading']], part: 'these', answer: succeed('these') },
  'settings.write': {
    input: { theme: 'dark' },
    heard: [['settings.change', { theme: 'dark' }], ['onSettings']],
    ...passedOn,
  },
  'drafts.keep': {
    input: { key: { what: 'security', instance }, text: 'a' },
    heard: [['drafts.keep', 'security i1', 'a']],
    answer: nothing,
  },
  'drafts.take': {
    input: { keys: [{ what: 'security', instance }, { what: 'place' }] },
    heard: [
      ['drafts.take', 'security i1'],
      ['drafts.take', 'place '],
    ],
    part: undefined,
    answer: succeed([null, null]),
  },
  'drafts.drop': { input: { key: { what: 'place' } }, heard: [['drafts.drop', 'place ']], answer: nothing },
  'instances.list': { heard: [['connections.states']], part: ['a state'], answer: succeed(['a state']) },
  'instances.startBuiltIn': { heard: [['instances.startBuiltIn']], ...passedOn },
  'instances.demoPassword': {
    input: { instance },
    heard: [['instances.demoPassword', instance]],
    ...passedOn,
  },
  'instances.add': { input: { name: 'a' }, heard: [['instances.add', { name: 'a' }]], ...passedOn },
  'instances.remove': { input: { instance }, heard: [['instances.remove', instance]], ...passedOn },
  'instances.signIn': {
    input: { instance, password: 'a', acceptServer: true },
    heard: [['instances.signIn', instance, 'a', true]],
    ...passedOn,
  },
  'instances.pin': {
    input: { instance, password: 'a', pinned: true },
    heard: [['instances.pin', instance, 'a', true]],
    ...passedOn,
  },
  'instances.putBack': { input: { instance }, heard: [['instances.putBack', instance]], ...passedOn },
  'policy.read': { input: { instance }, heard: [['policies.read', instance]], ...passedOn },
  'policy.preview': {
    input: { instance, basis: '7', change: { maximum: { on: true } } },
    heard: [['policies.preview', instance, { maximum: { on: true } }, '7']],
    ...passedOn,
  },
  'policy.write': {
    input: { instance, basis: '7', change: { maximum: { on: true } } },
    heard: [['policies.write', instance, { maximum: { on: true } }, '7']],
    ...passedOn,
  },
  'config.read': { input: { instance }, heard: [['systemConfig.read', instance]], ...passedOn },
  'config.reveal': {
    input: { instance, id: 'e1' },
    heard: [['systemConfig.reveal', instance, 'e1']],
    ...passedOn,
  },
  'config.preview': {
    input: { instance, entry },
    heard: [['systemConfig.preview', instance, entry]],
    ...passedOn,
  },
  'config.add': { input: { instance, entry }, heard: [['systemConfig.add', instance, entry]], ...passedOn },
  'config.replace': {
    input: { instance, id: 'e1', basis: '7', entry },
    heard: [['systemConfig.replace', instance, 'e1', '7', entry]],
    ...passedOn,
  },
  'config.remove': {
    input: { instance, id: 'e1', basis: '7' },
    heard: [['systemConfig.remove', instance, 'e1', '7']],
    ...passedOn,
  },
  'users.list': {
    input: { instance, query: { limit: 1 } },
    heard: [['people.list', instance, { limit: 1 }]],
    ...passedOn,
  },
  'users.read': { input: { instance, user: 'u1' }, heard: [['people.read', instance, 'u1']], ...passedOn },
  'users.sessions': {
    input: { instance, user: 'u1' },
    heard: [['people.sessionsOf', instance, 'u1']],
    ...passedOn,
  },
  'sessions.revoke': {
    input: { instance, ids: ['s1'], reason: 'a', includeOwn: false },
    heard: [['people.revokeSessions', instance, ['s1'], { reason: 'a', includeOwn: false }]],
    ...passedOn,
  },
  'jobs.list': { heard: [['jobs.list']], part: ['a job'], answer: succeed(['a job']) },
  'jobs.read': {
    input: { job },
    heard: [['jobs.read', job]],
    part: succeed({ title: 'a', items: ['an item'] }),
    answer: succeed({ title: 'a', items: ['an item'] }),
  },
  'jobs.revokeUsers': {
    input: { instance, users: [{ id: 'u1', name: 'Ann' }], reason: 'a', includeOwn: false },
    heard: [
      ['people.revokeUsers', { instance, reason: 'a', includeOwn: false }, [{ id: 'u1', name: 'Ann' }]],
    ],
    ...passedOn,
  },
  'jobs.cancel': { input: { job }, heard: [['jobs.cancel', job]], ...passedOn },
  'jobs.goOn': { input: { job }, heard: [['jobs.goOn', job]], ...passedOn },
  'updates.state': { heard: [['updates.state']], part: 'as it is', answer: succeed('as it is') },
  'updates.check': { heard: [['updates.check']], ...passedOn },
  'updates.download': { heard: [['updates.download']], ...passedOn },
  'updates.cancel': { heard: [['updates.cancel']], answer: nothing },
  'jobs.dismiss': { input: { job }, heard: [['jobs.dismiss', job]], ...passedOn },
  'news.state': { heard: [['news.state']], part: { notices: [] }, answer: succeed({ notices: [] }) },
  'news.dismiss': { input: { notices: ['n1'] }, heard: [['news.dismiss', ['n1']]], answer: nothing },
}

test.each(Object.entries(rows))(
  '%s reaches its part with what was given, and answers what that said',
  async (name, row) => {
    const [[call = ''] = []] = row.heard
    const { handlers, heard } = build({ [String(call)]: row.part })
    expect(await handlers[name as ChannelName](row.input)).toEqual(row.answer)
    expect(heard).toEqual(row.heard)
  },
)

test('Every channel of the contract has a handler, and there is no other', () => {
  expect(Object.keys(build().handlers).sort()).toEqual(Object.keys(contract).sort())
})

test('Settings that could not be changed are not told to the app, and a job that is gone is said to be', async () => {
  const refused = fail({ code: 'not-found', message: 'Gone.' })
  const { handlers, heard } = build({ 'settings.change': refused, 'jobs.read': refused })
  expect(await handlers['settings.write']({})).toEqual(refused)
  expect(heard).toEqual([['settings.change', {}]])
  expect(await handlers['jobs.read']({ job })).toEqual(refused)
})

test('A draft is handed back under its own name', async () => {
  const { handlers } = build({ 'drafts.take': 'typed' })
  expect(await handlers['drafts.take']({ keys: [{ what: 'place' }] })).toEqual(succeed(['typed']))
})
