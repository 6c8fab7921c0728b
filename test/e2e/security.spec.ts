import { demoPassword, demoPeople } from '../support/session-service.ts'
import { setUpWith } from './support/desk.ts'
import { asOwner, expect, test } from './support/fixtures.ts'

const sixHours = { enabled: true, seconds: 21_600 }

test.describe('the Security screen', () => {
  test('K1: an Admin sees and changes the inactivity rule', { tag: '@smoke' }, async ({ desk, service }) => {
    const page = await desk.open()
    await setUpWith(page, { url: service.url, username: demoPeople.admin, password: demoPassword })
    await page.getByRole('combobox', { name: 'Timeout limit' }).selectOption('6 hours')
    await page.getByRole('button', { name: 'Update' }).click()
    await expect(page.getByRole('button', { name: 'Undo' })).toBeVisible()
    expect((await service.call('GET', '/security/policy')).body.idleTimeout).toEqual(sixHours)
  })

  test('K1: a member is refused clearly, in the app and by the service', async ({ desk, service }) => {
    const page = await desk.open()
    await setUpWith(page, { url: service.url, username: demoPeople.member, password: demoPassword })
    await expect(page.getByText(/only (an )?owners? (and|or) admins?/i)).toBeVisible()
    await expect(page.getByRole('switch')).toHaveCount(0)
    await expect(page.getByRole('button', { name: 'Update' })).toHaveCount(0)

    const token = await service.signIn(demoPeople.member, demoPassword)
    const read = await service.call('GET', '/security/policy', { token })
    expect([read.status, read.body.code]).toEqual([403, 'forbidden'])
    const stored = await service.call('GET', '/security/policy')
    const write = await service.call('PUT', '/security/policy', {
      token,
      body: { ...stored.body, idleTimeout: sixHours },
      headers: { 'if-match': stored.headers.get('etag') ?? '' },
    })
    expect(write.status).toBe(403)
    expect((await service.call('GET', '/security/policy')).body).toEqual(stored.body)
  })

  test('K2: section “Session timeout” has the switch, and switching it off stops signing people out', async ({
    desk,
    service,
  }) => {
    const page = await desk.open()
    await setUpWith(page, asOwner(service))
    await expect(page.getByRole('heading', { name: 'Session timeout' })).toBeVisible()
    const rule = page.getByRole('switch', { name: 'Automatically sign out inactive users' })
    await expect(rule).toBeChecked()
    await rule.click()
    await page.getByRole('button', { name: 'Update' }).click()
    await expect(page.getByRole('button', { name: 'Undo' })).toBeVisible()
    expect((await service.call('GET', '/security/policy')).body.idleTimeout.enabled).toBe(false)
  })

  test('K3: switched on, the limits are listed, and Custom takes minutes', async ({ desk, service }) => {
    const page = await desk.open()
    await setUpWith(page, asOwner(service))
    const rule = page.getByRole('switch', { name: 'Automatically sign out inactive users' })
    const limits = page.getByRole('combobox', { name: 'Timeout limit' })
    await rule.click()
    await expect(limits).toHaveCount(0)
    await rule.click()
    await expect(limits.getByRole('option')).toHaveText([
      '1 hour',
      '3 hours',
      '6 hours',
      '12 hours',
      '24 hours',
      /^Custom/,
    ])
    await limits.selectOption({ label: '24 hours' })
    await limits.selectOption({ index: 5 })
    await page.getByLabel('Custom limit').fill('45')
    await expect(page.getByText('2\u202f700 s = 45 minutes')).toBeVisible()
    await page.getByRole('button', { name: 'Update' }).click()
    await expect(page.getByRole('button', { name: 'Undo' })).toBeVisible()
    expect((await service.call('GET', '/security/policy')).body.idleTimeout).toEqual({
      enabled: true,
      seconds: 2_700,
    })
  })

  test('K4: before Update nothing changes anywhere; Undo puts the earlier rule back', {
    tag: '@smoke',
  }, async ({ desk, service }) => {
    const before = await service.call('GET', '/security/policy')
    const page = await desk.open()
    await setUpWith(page, asOwner(service))
    const update = page.getByRole('button', { name: 'Update' })
    await expect(update).toBeDisabled()
    await page.getByRole('combobox', { name: 'Timeout limit' }).selectOption('3 hours')
    await expect(page.getByText(/^Ends /).first()).toBeVisible()
    const edited = await service.call('GET', '/security/policy')
    expect(edited.body).toEqual(before.body)
    expect(edited.headers.get('etag')).toBe(before.headers.get('etag'))

    await page.getByRole('button', { name: 'Discard changes' }).click()
    await expect(update).toBeDisabled()
    await page.getByRole('combobox', { name: 'Timeout limit' }).selectOption('3 hours')
    await update.click()
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect
      .poll(async () => (await service.call('GET', '/security/policy')).body.idleTimeout)
      .toEqual(before.body.idleTimeout)
  })

  test('O1: Session Timeout is 1 200 seconds at first, is typed in seconds too, and applies to everybody', async ({
    desk,
    service,
  }) => {
    const page = await desk.open()
    await setUpWith(page, asOwner(service))
    await expect(page.getByText('1\u202f200 s = 20 minutes')).toBeVisible()
    await page.getByLabel('Unit').selectOption('seconds')
    await page.getByLabel('Custom limit').fill('90')
    await page.getByRole('button', { name: 'Update' }).click()
    const confirm = page.getByRole('dialog').getByRole('button', { name: /update/i })
    await expect(page.getByRole('button', { name: 'Undo' }).or(confirm)).toBeVisible()
    if (await confirm.isVisible()) await confirm.click()
    await expect
      .poll(async () => (await service.call('GET', '/security/policy')).body.idleTimeout.seconds)
      .toBe(90)
  })

  test('O2: Maximum Session Duration is 1 728 000 seconds at first, and ends remembered sessions', async ({
    desk,
    service,
    person,
  }) => {
    const page = await desk.open()
    await setUpWith(page, asOwner(service))
    const maximum = page.getByLabel('Maximum Session Duration')
    await expect(maximum).toHaveValue(/^1.?728.?000$/)
    await expect(page.getByText('= 20 days')).toBeVisible()
    await person.signIn(service.url, demoPeople.member, demoPassword, { remember: true })
    await maximum.fill('86400')
    await expect(page.getByText('= 1 day')).toBeVisible()
    await page.getByRole('button', { name: 'Update' }).click()
    await expect(page.getByRole('button', { name: 'Undo' })).toBeVisible()
    const policy = (await service.call('GET', '/security/policy')).body
    expect(policy.rememberMe).toEqual({ enabled: true, maximumSeconds: 86_400 })
    await person.page.reload()
    await expect(person.page).toHaveURL(`${service.url}/`)
  })

  test('B1: the preview counts what Update then really ends, before it does', async ({ desk, service }) => {
    const page = await desk.open()
    await setUpWith(page, asOwner(service))
    const running = async () => (await service.call('GET', '/sessions?limit=1')).body.total as number
    const before = await running()
    const maximum = page.getByLabel('Maximum Session Duration')
    await maximum.fill('86400')
    const preview = page.getByText(/^Ends [\d\u202f]+ sessions? of [\d\u202f]+ (people|person) now/)
    await expect(preview).toBeVisible()
    const promised = Number(
      /Ends ([\d\u202f]+)/.exec((await preview.textContent()) ?? '')?.[1]?.replace(/\D/g, ''),
    )
    expect(promised).toBeGreaterThan(0)
    expect(await running()).toBe(before)
    await page.getByRole('button', { name: 'Update' }).click()
    await expect(page.getByRole('button', { name: 'Undo' })).toBeVisible()
    expect(await running()).toBe(before - promised)
  })

  test('a limit out of bounds is explained beside the field, in the unit typed, and by the service', async ({
    desk,
    service,
  }) => {
    const page = await desk.open()
    await setUpWith(page, asOwner(service))
    await page.getByLabel('Custom limit').fill('0')
    await expect(page.getByText('The timeout limit must be at least 1 minute.')).toBeVisible()
    await expect(page.getByRole('button', { name: 'Update' })).toBeDisabled()
    await page.getByLabel('Custom limit').fill('43201')
    await expect(
      page.getByText('The timeout limit can be at most 43\u202f200 minutes (30 days).'),
    ).toBeVisible()

    const stored = await service.call('GET', '/security/policy')
    const refused = await service.call('PUT', '/security/policy', {
      body: {
        idleTimeout: { enabled: true, seconds: 59 },
        idleAppliesToRemembered: false,
        rememberMe: stored.body.rememberMe,
      },
      headers: { 'if-match': stored.headers.get('etag') ?? '' },
    })
    expect([refused.status, refused.body.code]).toEqual([422, 'invalid'])
    expect(refused.body.errors[0]).toMatchObject({ field: 'idleTimeout.seconds', min: 60, max: 2_592_000 })
  })

  test('B9: a policy that somebody else changed meanwhile is compared, and what was typed is kept', async ({
    desk,
    service,
  }) => {
    const page = await desk.open()
    await setUpWith(page, asOwner(service))
    await page.getByRole('combobox', { name: 'Timeout limit' }).selectOption('3 hours')
    const stored = await service.call('GET', '/security/policy')
    const theirs = await service.call('PUT', '/security/policy', {
      body: {
        idleTimeout: { enabled: true, seconds: 43_200 },
        idleAppliesToRemembered: false,
        rememberMe: stored.body.rememberMe,
      },
      headers: { 'if-match': stored.headers.get('etag') ?? '' },
    })
    expect(theirs.status).toBe(200)
    await page.getByRole('button', { name: 'Update' }).click()
    await expect(page.getByText('3 hours').filter({ visible: true }).first()).toBeVisible()
    await expect(page.getByText('12 hours').filter({ visible: true }).first()).toBeVisible()
    expect((await service.call('GET', '/security/policy')).body.idleTimeout.seconds).toBe(43_200)
    await page.getByRole('button', { name: 'Keep mine' }).click()
    await expect
      .poll(async () => (await service.call('GET', '/security/policy')).body.idleTimeout.seconds)
      .toBe(10_800)
  })

  test('the service killed while saving: the form keeps what was typed, and saving works once it is back', async ({
    desk,
    service,
  }) => {
    const page = await desk.open()
    await setUpWith(page, asOwner(service))
    await page.getByRole('combobox', { name: 'Timeout limit' }).selectOption('6 hours')
    await service.kill()
    await page.getByRole('button', { name: 'Update' }).click()
    await expect(page.getByText(/can’t be reached/).first()).toBeVisible()
    await expect(page.getByText(/offline/i).first()).toBeVisible()
    await expect(page.getByRole('combobox', { name: 'Timeout limit' })).toHaveValue(/./)
    await expect(page.getByRole('combobox', { name: 'Timeout limit' }).locator('option:checked')).toHaveText(
      '6 hours',
    )
    await service.restart()
    await page.getByRole('button', { name: 'Update' }).click()
    await expect(page.getByRole('button', { name: 'Undo' })).toBeVisible()
    expect((await service.call('GET', '/security/policy')).body.idleTimeout).toEqual(sixHours)
  })
})
