import { ownerPassword, type TestService } from '../support/session-service.ts'

/** Makes `count` admins `bench-0`, `bench-1` …: one account that signs in fifty times at once would be slowed down. */
export async function addAccounts(service: TestService, count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    const username = `bench-${at}`
    const email = `${username}@example.com`
    const body = { username, displayName: username, email, role: 'admin', password: ownerPassword }
    const { status } = await service.call('POST', '/users', { body })
    if (status !== 201) throw new Error(`${username} could not be made: ${status}`)
  }
}
