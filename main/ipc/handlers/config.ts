import type { SystemConfig } from '../../administration/config.ts'
import type { HandlersOf } from '../door.ts'

export interface ConfigParts {
  readonly systemConfig: SystemConfig
}

export function createConfigHandlers({ systemConfig }: ConfigParts): HandlersOf<'config'> {
  return {
    'config.read': ({ instance }) => systemConfig.read(instance),
    'config.reveal': ({ instance, id }) => systemConfig.reveal(instance, id),
    'config.preview': ({ instance, entry }) => systemConfig.preview(instance, entry),
    'config.add': ({ instance, entry }) => systemConfig.add(instance, entry),
    'config.replace': ({ instance, id, basis, entry }) => systemConfig.replace(instance, id, basis, entry),
    'config.remove': ({ instance, id, basis }) => systemConfig.remove(instance, id, basis),
  }
}
