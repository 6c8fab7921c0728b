import type { Instance, InstanceId } from '../../domain/instance.ts'
import type { KeptFile } from '../storage/kept-file.ts'

/** The instances of this desktop, kept in one file. */
export interface Registry {
  list(): readonly Instance[]
  get(id: InstanceId): Instance | undefined
  /** Adds an instance, or replaces the one with its id, and waits until that is on disk. */
  put(instance: Instance): Promise<void>
  remove(id: InstanceId): Promise<void>
  /** Forgets them all, also those that could not be read. */
  clear(): Promise<void>
}

export function createRegistry(file: KeptFile<readonly Instance[]>): Registry {
  const list = () => file.value
  return {
    list,
    get: (id) => list().find((instance) => instance.id === id),
    put: (instance) =>
      file.write(
        list().some(({ id }) => id === instance.id)
          ? list().map((known) => (known.id === instance.id ? instance : known))
          : [...list(), instance],
      ),
    remove: (id) => file.write(list().filter((instance) => instance.id !== id)),
    clear: () => file.clear(),
  }
}
