import { execFile, execFileSync } from 'node:child_process'
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { openSqlite } from '../../service/database/open-sqlite.ts'
import { openAuditSeal } from '../../service/store/audit-key-file.ts'
import { verifyAudit } from '../../service/store/audit-verify.ts'
import { startProcess } from './service-process.ts'
import { startService } from './support.ts'

const rounds = Number(process.env['CURFEW_KILL_ROUNDS'] ?? 200)
const killEvery = 10
const password = 'lamp otter violin 42'

test(`Killed with SIGKILL at random moments during ${rounds} rounds of writes, it loses no acknowledged change`, {
  timeout: 400_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'curfew-kill-'))
  const acknowledged = new Map<string, string>()
  const ended = new Set<string>()
  let token = ''
  let round = 0
  while (round < rounds) {
    const service = await startProcess(['--data', folder], {
      ownerPassword: password,
      compiled: join(folder, 'compiled'),
    })
    const send = (method: string, path: string, body?: unknown, as = token) =>
      service.send(method, path, body, as === '' ? undefined : as)
    if (token === '')
      token = (await send('POST', 'sign-in', { username: 'owner', password, rememberMe: true })).body.token
    expect((await send('GET', 'me')).status).toBe(200)
    // Everything acknowledged before the kill is there after it.
    const { items } = (await send('GET', 'config/entries?limit=500')).body
    const stored = new Map(items.map(({ key, value }: { key: string; value: string }) => [key, value]))
    for (const [key, value] of acknowledged) expect(stored.get(key)).toBe(value)
    const statuses = await Promise.all(
      [...ended].map(async (dead) => (await send('GET', 'me', undefined, dead)).status),
    )
    expect(statuses.filter((status) => status !== 401)).toEqual([])

    const last = Math.min(rounds, round + killEvery)
    const killAt = Math.random() * 150
    const timer = setTimeout(() => service.child.kill('SIGKILL'), killAt)
    try {
      for (; round < last; round++) {
        const key = `key-${round}`
        const value = String(Math.random())
        if ((await send('POST', 'config/entries', { type: 'Ours', key, value })).status === 201)
          acknowledged.set(key, value)
        const made = (await send('POST', 'tokens', { name: key })).body
        if ((await send('DELETE', `me/sessions/${made.session.id}`)).status === 204) ended.add(made.token)
      }
    } catch {
      // The kill came in the middle of this round: what it was about was never acknowledged.
      round++
    }
    clearTimeout(timer)
    await service.kill()
  }
  const database = await openSqlite(folder)
  const seal = await openAuditSeal(join(folder, 'audit.key'), { isSigned: true })
  expect(seal.known()?.seq).toBeGreaterThan(0)
  expect(await verifyAudit(database, seal)).toMatchObject({ intact: true })
  await database.close()
  expect(acknowledged.size).toBeGreaterThan(rounds / 20)
  await rm(folder, { recursive: true })
})

test('A full disk is said in a sentence, nothing is half-written, and it goes on once there is room', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'curfew-full-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    console.log('Disk full: skipped, this user may not mount a small disk.')
    context.skip()
  }
  try {
    await using service = await startService({ folder })
    const owner = await service.signIn('owner')
    const value = 'x'.repeat(15_000)
    let added = 0
    let refused = await owner.call('POST', 'config/entries', { type: 'Ours', key: 'first', value })
    while (refused.status === 201) {
      added++
      refused = await owner.call('POST', 'config/entries', { type: 'Ours', key: `key-${added}`, value })
    }
    expect([refused.status, refused.body.code]).toEqual([503, 'unavailable'])
    expect(refused.body.detail).toContain('disk')
    expect((await owner.call('GET', 'config/entries')).body.total).toBe(added)
    expect((await owner.call('GET', 'me')).status).toBe(200)
    expect(await verifyAudit(service.service.services.database, service.seal)).toMatchObject({ intact: true })
    execFileSync('mount', ['-o', 'remount,size=30m', folder])
    const again = await owner.call('POST', 'config/entries', { type: 'Ours', key: 'again', value })
    expect(again.status).toBe(201)
  } finally {
    execFileSync('umount', ['-l', folder])
    await rm(folder, { recursive: true })
  }
})

const script = `
  const { openSqlite } = await import(${JSON.stringify(import.meta.resolve('../../service/database/open-sqlite.ts'))})
  const [folder, uid, gid] = process.argv.slice(1)
  if (uid) { process.setgroups([]); process.setgid(Number(gid)); process.setuid(Number(uid)) }
  await openSqlite(folder).then(() => console.log('opened'), (error) => console.log(error.message))`

test('A read-only data folder is said in a sentence', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'curfew-readonly-'))
  // Root may write everywhere, so that it has to be somebody else.
  const isRoot = process.getuid?.() === 0
  const [uid = 0, gid = 0] = ['-u', '-g'].map((flag) =>
    isRoot ? Number(execFileSync('id', [flag, 'nobody'])) : 0,
  )
  if (isRoot) await chown(folder, uid, gid)
  await chmod(folder, 0o500)
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...['--input-type=module', '-e', script, folder],
    ...(isRoot ? [String(uid), String(gid)] : []),
  ])
  expect(stdout).toBe(
    `The data folder ${folder} can't be written. Give this user the right to write there.\n`,
  )
  await chmod(folder, 0o700)
  await rm(folder, { recursive: true })
})
