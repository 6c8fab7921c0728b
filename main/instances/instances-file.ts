import { isDeepStrictEqual } from 'node:util'
import { parseBaseUrl } from '../../domain/address.ts'
import { Instance } from '../../domain/instance.ts'
import type { Layout, TellField } from '../storage/kept-file.ts'
import { type Content, isContent } from '../storage/store.ts'

/** The instances in the order of the list. */
type InstanceList = readonly Instance[]

type Field = keyof Instance

/** What stands in for a field that can't be read. Without any of the others an instance could not be administered. */
const standIns: { readonly [F in Field]?: (entry: Content) => Instance[F] } = {
  name: ({ baseUrl }) => (URL.parse(String(baseUrl))?.host ?? 'Unnamed').slice(0, 60),
  colour: () => 'blue',
  environment: () => '',
  builtIn: () => false,
}

/**
 * `instances.json`: the list of instances, no secret. Each entry is read by itself: one that can't be used is left
 * out of the list and stays in the file, so that mending it there brings it back with its password.
 */
export const instancesLayout: Layout<InstanceList> = {
  name: 'instances',
  what: 'list of instances',
  version: 1,
  migrations: [],
  initial: [],
  unreadable: {
    value: [],
    does: 'The passwords are still in the keychain. Put a good file in its place, or add your instances again.',
  },
  read({ instances = [] }, tell) {
    if (!Array.isArray(instances)) return undefined
    return readEntries(instances, tell).flatMap(({ instance }) => instance ?? [])
  },
  write(list, content) {
    const stored = Array.isArray(content['instances']) ? content['instances'] : []
    const known = readEntries(stored, () => {})
    const entries = list.map((instance) => {
      const before = known.find((each) => each.instance?.id === instance.id)
      if (!before) return instance
      if (isDeepStrictEqual(before.instance, instance)) return before.entry
      return isContent(before.entry) ? { ...before.entry, ...instance } : instance
    })
    const unusable = known.filter(({ instance }) => instance === undefined).map(({ entry }) => entry)
    return { ...content, instances: [...entries, ...unusable] }
  },
}

interface ReadEntry {
  readonly entry: unknown
  /** `undefined` where the entry can't be used. */
  readonly instance: Instance | undefined
}

function readEntries(entries: readonly unknown[], tell: TellField): readonly ReadEntry[] {
  const ids = new Set<string>()
  return entries.map((entry, at) => {
    const instance = readEntry(entry, ids, (field, does) => tell(`instances[${at}]${field}`, does))
    if (instance) ids.add(instance.id)
    return { entry, instance }
  })
}

/** The fields one by one. What an entry has besides is not the instance's, and stays in the file. */
function readEntry(entry: unknown, taken: ReadonlySet<string>, tell: TellField): Instance | undefined {
  const leftOut = 'This instance is left out of the list; its entry and its password are kept.'
  if (!isContent(entry)) {
    tell('', leftOut)
    return undefined
  }
  const instance: Record<string, unknown> = {}
  const faults: Parameters<TellField>[] = []
  for (const field of Object.keys(Instance.shape) as Field[]) {
    const read = Instance.shape[field].safeParse(field === 'baseUrl' ? asTyped(entry[field]) : entry[field])
    const standIn = standIns[field]
    if (read.success && isFit(field, read.data, taken)) {
      if (read.data !== undefined) instance[field] = read.data
    } else if (standIn) {
      instance[field] = standIn(entry)
      faults.push([
        `.${field}`,
        'Curfew shows this instance all the same, with a value of its own in its place.',
      ])
    } else {
      tell(`.${field}`, leftOut)
      return undefined
    }
  }
  for (const fault of faults) tell(...fault)
  return Instance.parse(instance)
}

/** An address in the form that a typed one gets; `undefined` where that would be refused. */
function asTyped(address: unknown): string | undefined {
  const read = typeof address === 'string' ? parseBaseUrl(address) : undefined
  return read && 'url' in read ? read.url : undefined
}

/** What a field's own form does not tell: an id that nobody has yet. */
function isFit(field: Field, value: unknown, taken: ReadonlySet<string>): boolean {
  return field !== 'id' || !taken.has(String(value))
}
