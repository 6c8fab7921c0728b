import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openPostgres } from '../../service/database/open-postgres.ts'
import { openAuditSeal } from '../../service/store/audit-key-file.ts'
import { verifyAudit } from '../../service/store/audit-verify.ts'
import { findPostgres, startCluster } from './postgres-cluster.ts'
import { type ServiceProcess, startProcess } from './service-process.ts'

const bin = findPostgres()
if (bin === undefined) console.log('PostgreSQL: skipped, Debian’s package postgresql is not installed.')

const kills = 8
const ownerPassword = 'lamp otter violin 42'

test.skipIf(bin === undefined)(
  'A replica killed with SIGKILL mid-writes loses nothing acknowledged, and the other goes on',
  { timeout: 400_000 },
  async () => {
    const compiled = await mkdtemp(join(tmpdir(), 'curfew-compiled-'))
    await using cluster = await startCluster(bin ?? '')
    const url = await cluster.newDatabase()
    const auditKey = join(compiled, 'audit.key')
    const start = () =>
      startProcess(['--database', url, '--audit-key', auditKey, '--credentials-per-minute', '10000'], {
        ownerPassword,
        compiled,
      })
    const survivor = await start()
    const signedIn = await survivor.send('POST', 'sign-in', {
      username: 'owner',
      password: ownerPassword,
      rememberMe: true,
    })
    const token: string = signedIn.body.token
    const acknowledged = new Map<string, string>()
    const dead: string[] = []
    let made = 0

    /** Writes one thing after another; what is acknowledged is noted. */
    const write = async (replica: ServiceProcess, isOver: () => boolean, onFirst = () => {}) => {
      while (!isOver()) {
        const key = `key-${made++}`
        const value = String(Math.random())
        const entry = { type: 'Ours', key, value }
        if ((await replica.send('POST', 'config/entries', entry, token)).status === 201)
          acknowledged.set(key, value)
        const { body } = await replica.send('POST', 'tokens', { name: key }, token)
        const path = `me/sessions/${body.session.id}`
        if ((await replica.send('DELETE', path, undefined, token)).status === 204) dead.push(body.token)
        onFirst()
      }
    }

    try {
      for (let round = 0; round < kills; round++) {
        const victim = await start()
        let killed = false
        const before = acknowledged.size
        const here = write(survivor, () => killed && acknowledged.size >= before + 20)
        let timer: NodeJS.Timeout | undefined
        const killSoon = () => {
          timer ??= setTimeout(() => victim.child.kill('SIGKILL'), Math.random() * 100)
        }
        const there = [1, 2, 3].map(() => write(victim, () => false, killSoon))
        const ends = await Promise.allSettled(there)
        expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
        expect(timer).toBeDefined()
        await victim.kill()
        killed = true
        await here
      }
      for (const one of dead)
        expect((await survivor.send('GET', 'me', undefined, one)).body.reason).toBe('revoked')
      const stored = new Map<string, string>()
      for (let cursor = ''; ; ) {
        const page = await survivor.send('GET', `config/entries?limit=500${cursor}`, undefined, token)
        for (const { key, value } of page.body.items) stored.set(key, value)
        if (page.body.nextCursor === null) break
        cursor = `&cursor=${page.body.nextCursor}`
      }
      for (const [key, value] of acknowledged) expect(stored.get(key)).toBe(value)
      expect(acknowledged.size).toBeGreaterThanOrEqual(kills * 20)
    } finally {
      await survivor.kill()
    }
    const database = await openPostgres(url)
    expect(await verifyAudit(database, await openAuditSeal(auditKey, { isSigned: true }))).toMatchObject({
      intact: true,
    })
    await database.close()
    await rm(compiled, { recursive: true })
  },
)
