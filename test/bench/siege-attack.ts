import { Agent, request } from 'node:http'

/** What an attack has had so far. */
interface AttackReport {
  readonly sent: number
  /** How many answers of each status; 0 stands for none. */
  readonly answers: Readonly<Record<string, number>>
}

const addresses = 10_000
const perSecond = 1_000

const hex = (number: number) => number.toString(16)

/** The addresses by turns: IPv4 far apart, and IPv6 in neighbouring /64s, in neighbouring /56s, and in /48s far apart. */
function addressOf(index: number): string {
  const at = Math.floor(index / 4)
  if (index % 4 === 0) return `${11 + (at % 100)}.${Math.floor(at / 100)}.${at % 250}.7`
  if (index % 4 === 1) return `2001:db8:${hex(at % 10)}:${hex(at)}::7`
  if (index % 4 === 2) return `2001:db8:1${hex(at % 10)}:${hex((at * 256) % 65_536)}::7`
  return `${hex(0x2a00 + (at % 200))}:${hex(at)}:${hex(at)}::7`
}

/** Sends wrong passwords at the rate, whether or not they are answered: half of them at the Owner's account. */
function attack(origin: string, username: string): void {
  const agent = new Agent({ keepAlive: true, maxSockets: 500 })
  const answers: Record<string, number> = {}
  const count = (status: number) => {
    answers[status] = (answers[status] ?? 0) + 1
  }
  let sent = 0
  const sendOne = () => {
    const body = JSON.stringify({ username: sent % 8 < 4 ? username : `nobody-${sent}`, password: 'wrong' })
    request(
      `${origin}/api/v1/sign-in`,
      {
        agent,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'x-forwarded-for': addressOf(sent % addresses),
        },
      },
      (response) => {
        response.resume()
        count(response.statusCode ?? 0)
      },
    )
      .on('error', () => count(0))
      .end(body)
    sent++
  }
  const started = performance.now()
  setInterval(() => {
    const due = ((performance.now() - started) / 1_000) * perSecond
    while (sent < due) sendOne()
  }, 5)
  const report = () => process.send?.({ sent, answers } satisfies AttackReport)
  setInterval(report, 100)
}

const [origin = '', username = ''] = process.argv.slice(2)
attack(origin, username)
