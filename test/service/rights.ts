import type { Permission, Role } from '../../domain/user.ts'

/** People by the one thing that gives each of them rights; `system`, `edit` and `view` have one permission alone. */
export const people = {
  owner: { role: 'owner', permissions: [] },
  admin: { role: 'admin', permissions: [] },
  system: { role: 'member', permissions: ['AdministerSystem'] },
  edit: { role: 'member', permissions: ['UserEdit'] },
  view: { role: 'member', permissions: ['UserView'] },
  member: { role: 'member', permissions: [] },
} as const satisfies Record<string, { readonly role: Role; readonly permissions: readonly Permission[] }>
export type Who = keyof typeof people
export const everybody: readonly Who[] = ['owner', 'admin', 'system', 'edit', 'view', 'member']
const policyMakers: readonly Who[] = ['owner', 'admin']
const administrators: readonly Who[] = ['owner', 'admin', 'system']
export const editors: readonly Who[] = ['owner', 'admin', 'system', 'edit']
const viewers: readonly Who[] = ['owner', 'admin', 'system', 'edit', 'view']

/** What a right request is answered with, and who is let in: everybody signed in but those is refused with 403. */
type Row = readonly [status: number, who: readonly Who[] | 'anyone']

/** Who may do what. Written by hand from docs/rules.md, never from the operations' own definitions. */
export const table: Readonly<Record<string, Row>> = {
  healthLive: [200, 'anyone'],
  healthReady: [200, 'anyone'],
  getMetrics: [200, 'anyone'],
  getServer: [200, 'anyone'],
  getOpenApi: [200, 'anyone'],
  signIn: [201, 'anyone'],
  verifyKubernetesCredential: [200, 'anyone'],
  getKeys: [200, 'anyone'],
  getOpenIdConfiguration: [200, 'anyone'],
  signOut: [204, everybody],
  getMe: [200, everybody],
  confirmMe: [204, everybody],
  changeMyPassword: [200, everybody],
  listMySessions: [200, everybody],
  revokeMySessions: [200, everybody],
  revokeMySession: [204, everybody],
  addToken: [201, everybody],
  addKubernetesCredential: [201, everybody],
  listenToEvents: [200, everybody],
  // Anybody may name their own; what becomes of others' ids has its own test below.
  revokeMany: [200, everybody],
  listSessions: [200, viewers],
  listUserSessions: [200, viewers],
  listUsers: [200, viewers],
  getUser: [200, viewers],
  revokeUserSessions: [200, editors],
  revokeSession: [204, editors],
  addUser: [201, editors],
  changeUser: [200, editors],
  getPolicy: [200, policyMakers],
  putPolicy: [200, policyMakers],
  previewPolicy: [200, policyMakers],
  getCatalogue: [200, administrators],
  listEntries: [200, administrators],
  addEntry: [201, administrators],
  replaceEntry: [200, administrators],
  removeEntry: [204, administrators],
  previewEntry: [200, administrators],
  listAudit: [200, administrators],
  exportAudit: [200, administrators],
  listNotices: [200, ['owner']],
  acknowledgeAudit: [200, ['owner']],
}
