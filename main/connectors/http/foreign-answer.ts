import type { Problem } from '../../../domain/problem.ts'
import type { HttpAnswer } from './exchange.ts'

/** Statuses that gateways give and a wrong address does not. */
const gatewayStatuses: readonly number[] = [401, 403, 407, 408, 421, 429]

/**
 * What an answer means that is not the product's own: one of a proxy, of a network that wants a sign-in first, or of
 * another product. Only where nobody has answered before is the address doubted.
 *
 * @param product what should have answered: `a session service`
 */
export function explainForeign(answer: HttpAnswer, product: string, firstContact: boolean): Problem {
  const { host, status, content, retryAfterSeconds } = answer
  const pause = retryAfterSeconds !== undefined && { retryAfterSeconds }
  if (firstContact && status < 500 && !gatewayStatuses.includes(status))
    return {
      code: 'not-this-product',
      message: `What answers at ${host} is not ${product}. Check the address.`,
    }
  const gateway = `A gateway in front of ${host} answered ${status}`
  if (status === 429)
    return {
      code: 'throttled',
      message: `${gateway}: it wants a pause. ${tryAgainIn(retryAfterSeconds)}`,
      ...pause,
    }
  return { code: 'gateway', message: gateway + gatewayWords(status, content), ...pause }
}

function gatewayWords(status: number, content: HttpAnswer['content']): string {
  if (status === 401 || status === 403 || status === 407)
    return ': it wants a sign-in of its own, or does not let Curfew through. Ask whoever runs the network.'
  if (status === 502 || status === 503 || status === 504)
    return ': the server behind it is not running, too busy or too slow.'
  if (status < 300 && content === 'empty') return ' with nothing in it.'
  if (status < 300)
    return ' with a page of its own, as networks do that want a sign-in first. Open a web page in a browser to see it.'
  return ', not the server itself.'
}

/** When to come back, in words. */
export function tryAgainIn(seconds: number | undefined): string {
  return seconds === undefined ? 'Try again in a moment.' : `Try again in ${seconds} s.`
}
