import { pageStore } from './page-store.ts'

/** Which sheet over the shell is open: *Go to*, or the keys. */
export const useSheets = pageStore<{ readonly open: 'palette' | 'keys' | undefined }>({ open: undefined })
