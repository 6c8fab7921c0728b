import { z } from 'zod'
import { ConfigInput, ConfigReading, EntryRemoval, EntryWrite, ListedEntry } from '../../domain/config.ts'
import { InstanceId } from '../../domain/instance.ts'
import { Preview } from '../../domain/preview.ts'
import { Revision } from '../../domain/reading.ts'
import { channel, ServerId } from './channel.ts'

const instance = { instance: InstanceId }
const row = { ...instance, id: ServerId, basis: Revision }

/** System Config of an instance (D1–D3). */
export const configChannels = {
  'config.read': channel({ in: z.strictObject(instance), out: ConfigReading }),
  /** The value of one row that is listed without it. */
  'config.reveal': channel({ in: z.strictObject({ ...instance, id: ServerId }), out: z.string() }),
  'config.preview': channel({ in: z.strictObject({ ...instance, entry: ConfigInput }), out: Preview }),
  'config.add': channel({
    in: z.strictObject({ ...instance, entry: ConfigInput }),
    out: EntryWrite(ListedEntry),
  }),
  'config.replace': channel({
    in: z.strictObject({ ...row, entry: ConfigInput }),
    out: EntryWrite(ListedEntry),
  }),
  'config.remove': channel({ in: z.strictObject(row), out: EntryRemoval(ListedEntry) }),
} as const
