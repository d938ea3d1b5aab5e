import { catalog, locale } from './i18n'

/** Words for refusals that the server says in English alone. */
const words = {
  'not-allowed': ['您的角色无权办理此事', 'Your role does not allow this'],
  'not-found': ['没有找到，可能已被删除', 'Not found: it may be gone'],
  conflict: ['与他人的操作冲突，请刷新后再试', 'Somebody else was faster: reload and try again'],
  stale: ['内容已被他人更改，请刷新后再试', 'Somebody changed it meanwhile: reload and try again'],
  'no-such-order': ['没有这张派车单，或不属于您的平台', 'There is no such order, or it is another platform’s'],
  'no-such-request': ['没有这项申请，或不属于您的平台', 'There is no such request, or it is another platform’s'],
  'no-such-plan': ['没有这个方案', 'There is no such plan'],
  'order-not-open': ['派车单状态已变，不能再这样办理，请刷新', 'The order has moved on and cannot be changed so: reload'],
  'request-not-open': ['申请状态已变，不能再这样办理，请刷新', 'The request has moved on and cannot be changed so: reload'],
  'request-not-awaiting': ['这项申请已不在审批中，请刷新', 'The request no longer awaits a decision: reload'],
  'plan-not-done': ['方案还没有算好，或没有算成', 'The plan is not made yet, or failed'],
  'plan-over': ['方案已算完，不能再停止', 'The plan is made already'],
  'plan-shed': ['方案已过期，理由不再保留，请重新排班', 'The plan is too old, its reasons are not kept: plan again'],
  'bad-photo': ['照片无法识别或过大，请重拍', 'The photo cannot be read or is too large: take another'],
} as const
const word = catalog(words)
const CHINESE = /[\u3400-\u9fff]/

/** A refusal in the language shown: sentences of the server in both languages are cut to one of them. */
export function refusalText(code: string, message: string): string {
  if (!CHINESE.test(message)) return code in words ? word(code as keyof typeof words) : message
  const parts = message.split(' · ')
  const [chinese = '', english = ''] = parts
  if (parts.length !== 2 || CHINESE.test(english)) return message
  return locale.value === 'en' ? english.charAt(0).toUpperCase() + english.slice(1) : chinese
}
