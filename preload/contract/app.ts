import { z } from 'zod'
import { Settings } from '../../domain/settings.ts'
import { channel, done, none } from './channel.ts'

/** Something the app has to tell once, for example that a settings file was unreadable. */
export const Notice = z.object({ id: z.string(), title: z.string(), detail: z.string() })
export type Notice = z.infer<typeof Notice>

/** The version, the system, and what the person should be told. */
export const AppInfo = z.object({
  version: z.string(),
  platform: z.enum(['darwin', 'win32', 'linux']),
  theme: Settings.shape.theme,
  notices: z.array(Notice),
})
export type AppInfo = z.infer<typeof AppInfo>

/** Whether the clipboard may still hold what Curfew copied. */
export const ClipboardState = z.object({ ours: z.boolean() })

/** The app itself, and the clipboard it shares with others. */
export const appChannels = {
  'app.info': channel({ access: 'public', in: none, out: AppInfo }),
  'app.dismissNotice': channel({
    access: 'public',
    in: z.strictObject({ id: z.string().max(100) }),
    out: done,
  }),
  /** Copies; the lock and 30 seconds clear the clipboard if nothing else was copied by then. */
  'clipboard.copy': channel({ in: z.strictObject({ text: z.string().min(1).max(10_000) }), out: done }),
} as const
