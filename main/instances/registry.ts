import { z } from 'zod'
import { Instance, type InstanceId } from '../../domain/instance.ts'
import type { JsonFile } from '../storage/json-file.ts'

/** What the instances file holds: the instances in the order of the list, no secret. */
export const InstancesFile = z.strictObject({ version: z.literal(1), instances: z.array(Instance) })
export type InstancesFile = z.infer<typeof InstancesFile>

export const emptyInstancesFile: InstancesFile = { version: 1, instances: [] }

/** The instances of this desktop, kept in one file. */
export interface Registry {
  list(): readonly Instance[]
  get(id: InstanceId): Instance | undefined
  /** Adds an instance, or replaces the one with its id, and waits until that is on disk. */
  put(instance: Instance): Promise<void>
  remove(id: InstanceId): Promise<void>
  clear(): Promise<void>
}

export function createRegistry(file: JsonFile<InstancesFile>): Registry {
  const list = () => file.value.instances
  const write = (instances: readonly Instance[]) => file.write({ version: 1, instances: [...instances] })
  return {
    list,
    get: (id) => list().find((instance) => instance.id === id),
    put: (instance) =>
      write(
        list().some(({ id }) => id === instance.id)
          ? list().map((known) => (known.id === instance.id ? instance : known))
          : [...list(), instance],
      ),
    clear: () => write([]),
    remove: (id) => write(list().filter((instance) => instance.id !== id)),
  }
}
