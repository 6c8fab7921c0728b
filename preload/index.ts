import { contextBridge, ipcRenderer } from 'electron'
import type { Outcome } from '../domain/problem.ts'
import type {
  ChannelArgument,
  ChannelName,
  ChannelOutput,
  CurfewApi,
  EventName,
  EventPayload,
} from './contract/index.ts'

function call<C extends ChannelName>(channel: C) {
  return (argument?: ChannelArgument<C>): Promise<Outcome<ChannelOutput<C>>> =>
    ipcRenderer.invoke(channel, argument)
}

function subscribe<E extends EventName>(event: E) {
  return (listener: (state: EventPayload<E>) => void): (() => void) => {
    const forward = (_event: unknown, state: EventPayload<E>) => listener(state)
    ipcRenderer.on(event, forward)
    return () => ipcRenderer.off(event, forward)
  }
}

const reportActivity = call('lock.activity')

/**
 * The browser itself tells whether the person has just done something: a page can't make it up, and whoever presses the
 * button by means of a screen reader sends no key and no pointer.
 */
async function stayUnlocked(): Promise<void> {
  if (navigator.userActivation.isActive) await reportActivity()
}

const api: CurfewApi = {
  app: { info: call('app.info'), dismissNotice: call('app.dismissNotice') },
  lock: {
    state: call('lock.state'),
    setUp: call('lock.setUp'),
    ratePassphrase: call('lock.ratePassphrase'),
    unlock: call('lock.unlock'),
    openKeychain: call('lock.openKeychain'),
    now: call('lock.now'),
    changePassphrase: call('lock.changePassphrase'),
    forgetEverything: call('lock.forgetEverything'),
    stayUnlocked,
  },
  settings: { read: call('settings.read'), write: call('settings.write') },
  drafts: { keep: call('drafts.keep'), take: call('drafts.take'), drop: call('drafts.drop') },
  clipboard: { copy: call('clipboard.copy') },
  instances: {
    list: call('instances.list'),
    startBuiltIn: call('instances.startBuiltIn'),
    demoPassword: call('instances.demoPassword'),
    add: call('instances.add'),
    remove: call('instances.remove'),
    signIn: call('instances.signIn'),
    pin: call('instances.pin'),
    putBack: call('instances.putBack'),
  },
  policy: { read: call('policy.read'), preview: call('policy.preview'), write: call('policy.write') },
  config: {
    read: call('config.read'),
    reveal: call('config.reveal'),
    preview: call('config.preview'),
    add: call('config.add'),
    replace: call('config.replace'),
    remove: call('config.remove'),
  },
  users: { list: call('users.list'), read: call('users.read'), sessions: call('users.sessions') },
  sessions: { revoke: call('sessions.revoke') },
  jobs: {
    list: call('jobs.list'),
    read: call('jobs.read'),
    revokeUsers: call('jobs.revokeUsers'),
    cancel: call('jobs.cancel'),
    goOn: call('jobs.goOn'),
    dismiss: call('jobs.dismiss'),
  },
  news: { state: call('news.state'), dismiss: call('news.dismiss') },
  updates: {
    state: call('updates.state'),
    check: call('updates.check'),
    download: call('updates.download'),
    cancel: call('updates.cancel'),
  },
  on: {
    'lock.state': subscribe('lock.state'),
    'instances.list': subscribe('instances.list'),
    'jobs.list': subscribe('jobs.list'),
    'clipboard.state': subscribe('clipboard.state'),
    'news.state': subscribe('news.state'),
    'news.stale': subscribe('news.stale'),
    'updates.state': subscribe('updates.state'),
  },
}

contextBridge.exposeInMainWorld('curfew', api)

const activityEvents = ['keydown', 'pointerdown', 'pointermove', 'wheel', 'touchstart'] as const
let reportedAt = Number.NEGATIVE_INFINITY

/** Tells main of input in this window, at most once a second; synthetic events of a page don't count. */
function onInput(event: Event): void {
  if (!event.isTrusted || event.timeStamp - reportedAt < 1000) return
  reportedAt = event.timeStamp
  void reportActivity()
}

for (const name of activityEvents) {
  window.addEventListener(name, onInput, { capture: true, passive: true })
}
