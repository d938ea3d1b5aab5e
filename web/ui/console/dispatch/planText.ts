import { catalog, listed } from '@/shared/i18n'

/** The texts of a plan: how far it is, what it is worth, and why it is as it is. */
export const t = catalog({
  'phase.starting': ['准备计算', 'Getting ready'],
  'phase.greedy': ['生成初始方案', 'First plan'],
  'phase.columns': ['生成候选班次', 'Finding duties'],
  'phase.neighbourhoods': ['分区改进方案', 'Improving part by part'],
  'phase.bound': ['计算理论最低费用', 'Finding the least possible cost'],
  'phase.proofs': ['证明最优', 'Proving'],
  'now.phase': ['阶段', 'Phase'],
  'now.queued': ['排队等待计算', 'Waiting for the planner'],
  'now.best': ['当前最好', 'Best so far'],
  'now.levels': ['未安排 {unserved} · 租赁 {rentals} · ¥{yuan}', 'unserved {unserved} · rented {rentals} · ¥{yuan}'],
  'now.stop': ['停止，用当前最好方案', 'Stop with the best so far'],
  'now.stopping': ['正在停止…', 'Stopping…'],
  'fact.optimal': ['已证明最优', 'Proven optimal'],
  'fact.gap': ['比理论最低高', 'Above the least'],
  'fact.gapLevels': ['比理论最低高（租赁数相同时）', 'Above the least (at as many rentals)'],
  'fact.noBound': ['未知', 'Unknown'],
  'fact.took': ['计算用时', 'Took'],
  'fact.boundTook': ['其中证明 {n} 秒', '{n} s of it to prove the least'],
  'fact.seconds': ['{n} 秒', '{n} s'],
  'fact.leastRentals': ['至少须租 {n}', 'at least {n} needed'],
  'fact.saved': ['比初始方案省 {n}%', '{n}% less than the first plan'],
  'bound.lagrangian': ['任何方案都不会低于理论最低费用（拉格朗日松弛）', 'No plan can cost less than the least possible (Lagrangian relaxation)'],
  'bound.complete': ['可能更省的班次已全部算过，证明最优', 'All duties that could save anything were tried: optimal'],
  'bound.outline': ['理论最低费用未计：{left}，实际最低会更高', 'The least possible leaves out: {left}; the true one is higher'],
  'bound.nothing': ['全部已固定，无需计算', 'All was fixed: nothing to decide'],
  'days.one': ['当日 {day}', '{day} alone'],
  'days.three': ['三日 {from} 至 {to}', 'Three days, {from} to {to}'],
  'days.label': ['排班范围', 'Days'],
  'days.hint': ['三日的申请一并安排，跨夜行程由同一辆车全程承担，驾驶员隔夜休息不少于 10 小时。', 'Requests of all three days are planned together; trips over night keep one car throughout, drivers rest 10 h between days.'],
  'bound.night': ['有跨夜行程：承担车辆先行选定，不给出理论最低费用', 'Trips over night lie on cars chosen before: nothing is proven'],
  'bound.none': ['时限内没有算出理论最低费用', 'The least possible cost was not found in that time'],
  'left.range': ['续航', 'range'],
  'left.driving': ['驾驶时长', 'driving time'],
  'left.break': ['连续驾驶', 'breaks'],
  'left.span': ['出勤时长', 'duty span'],
  'left.repeat': ['重复', 'repeats'],
  'tab.trips': ['逐单方案', 'Trips'],
  'tab.changes': ['与上一方案比较', 'Against the plan before'],
  'trips.why': ['点一行查看可选车辆、费用构成和其他车辆不可派的理由', 'Open a row: other cars, what each costs, and why the rest cannot'],
  'trips.rented': ['租赁', 'Rented'],
  'trips.unserved': ['无法安排', 'Unserved'],
  'trips.cross': ['调剂', 'Lent'],
  'trips.chain': ['接续前单', 'Chained'],
  'trips.none': ['没有待安排的申请', 'Nothing was to be planned'],
  'trips.people': ['{n} 人', '{n} {n:person|people}'],
  'trips.foreign': ['其他平台用车', 'Another platform’s trip'],
  'move.allow': ['可调整已派未接的单', 'May move orders that nobody accepted yet'],
  'move.price': ['已接单、已出车、一小时内出发和拼车的任务不动；每调整一单须省 50 元以上，或免去租赁。', 'Orders that are accepted, under way, shared or leave within the hour stay. A move must save over 50 yuan, or a rental.'],
  'move.chip': ['调整', 'Moves'],
  'move.from': ['原 {plate}', 'was {plate}'],
  'move.sum': ['调整 {n} 单', '{n} moved'],
  'why.asking': ['正在计算理由…', 'Working out why…'],
  'why.ranked': ['可选车辆，其余安排不变', 'Cars that could, all else as planned'],
  'why.chosen': ['方案', 'Plan'],
  'why.duty': ['全班次', 'whole duty'],
  'why.together': ['此单与同班次其他任务{trips}须一并执行，单独不成立（如：途中休息、充电靠任务之间的停留）。上表为整班次取消后仍可承担此单的车辆。', 'It holds only together with the duty’s other trips{trips}, whose waits are its breaks or charging. The cars above could serve it with that whole duty off.'],
  'why.more': ['多 ¥{yuan}', '¥{yuan} more'],
  'why.empty': ['空驶', 'Empty'],
  'why.notCheapest': ['单看此单，方案所用车辆不是最省的：便宜的车留给了其他任务，合计更省。', 'For this trip alone it is not the cheapest: the cheaper cars serve others, and all together costs less.'],
  'why.unable': ['不可派车辆 {n} 辆，各自首先违反的规则', '{n} {n:car|cars} cannot; the first rule that each breaks'],
  'why.otherTrip': ['（{unit} {at}）', ' ({unit} {at})'],
  'why.otherTime': ['（{at}）', ' ({at})'],
  'why.samePlus': ['{plates} 等 {n} 辆', '{plates} and others, {n} cars'],
  'proof.title': ['租赁依据', 'Why a rental'],
  'proof.own': ['一、本平台车辆 {n} 辆均不可派', '1. No car of the own platform can ({n})'],
  'proof.others': ['二、其他平台车辆 {n} 辆均不可派', '2. No car of the other platforms can ({n})'],
  'proof.bound': ['三、合计至少须租 {least} 单，本方案租 {rentals} 单', '3. At least {least} {least:rental|rentals} in all; this plan has {rentals}'],
  'proof.noBound': ['三、本方案租 {rentals} 单；更少是否可行，时限内未能证明', '3. This plan has {rentals} {rentals:rental|rentals}; that fewer are impossible is not proven'],
  'proof.forced': ['若强行安排给 {plate}：{moves}，合计增加 ¥{yuan}', 'Forced onto {plate}: {moves}; adds ¥{yuan} in all'],
  'proof.move': ['{trip}由 {from} 改到 {to}', '{trip} goes from {from} to {to}'],
  'proof.moveOthers': ['其他平台的 {n} 个任务改用其他车辆', '{n} {n:trip|trips} of other platforms go to other cars'],
  'proof.stuck': ['移走任何一个任务都腾不出车辆', 'Moving any one trip away frees no car'],
  'outcome.done': ['已派 {assigned} 单，租赁 {rented} 单', '{assigned} assigned, {rented} rented'],
  'outcome.own': ['其中 {n} 单改用自有车辆，未租赁', '{n} more found an own car after all, and are not rented'],
  'outcome.conflicts': ['{n} 单因情况变化未执行，请重新排班或手工派车：', '{n} not carried out, as something changed meanwhile; plan again or assign by hand:'],
  'change.none': ['当日此前没有方案', 'There is no earlier plan of this day'],
  'change.noneDays': ['这几日此前没有一并排过的方案', 'There is no earlier plan of these days together'],
  'change.sum': ['保持 {kept} 单 · 改动 {moved} 单 · 新增 {new} 单 · 不再涉及 {gone} 单', '{kept} kept · {moved} moved · {new} new · {gone} gone'],
  'change.against': ['与 {at} 的方案比较', 'Against the plan of {at}'],
  'change.saves': ['若沿用上一方案、新增申请逐个插入，则多：', 'Keeping the plan before and inserting what came since would cost in addition:'],
  'change.same': ['沿用上一方案并逐个插入新增申请，结果一样好', 'Keeping the plan before and inserting what came since is as good'],
  'change.unserved': ['未安排（加权）{n}', 'unserved (weighted) {n}'],
  'change.rentals': ['租赁 {n} 单', '{n} {n:rental|rentals}'],
  'change.fen': ['¥{yuan}', '¥{yuan}'],
  'change.from': ['原', 'Was'],
  'change.to': ['现', 'Is'],
  'change.noneOf': ['无车', 'none'],
  'cost.use_fen': ['用车', 'use'],
  'cost.loaded_fen': ['载客行驶', 'loaded'],
  'cost.deadhead_fen': ['空驶', 'empty'],
  'cost.driver_fen': ['驾驶员', 'driver'],
  'cost.settlement_fen': ['跨平台结算', 'settlement'],
  'cost.rental_fen': ['租赁', 'rental'],
  'cost.idle_fen': ['空车回场', 'idle cars home'],
  'cost.toll_fen': ['通行费', 'tolls'],
  'cost.moved_fen': ['改动代价', 'moving'],
  'cost.quota_fen': ['超限代价', 'over quota'],
})

const COSTS = ['use_fen', 'loaded_fen', 'deadhead_fen', 'driver_fen', 'settlement_fen', 'rental_fen', 'idle_fen', 'toll_fen', 'moved_fen', 'quota_fen'] as const
/** Costs by kind in words, those that are not 0. */
export const costParts = (costs: Record<string, number>, money: (fen: number) => string): string =>
  COSTS.filter((kind) => costs[kind]).map((kind) => `${t(`cost.${kind}`)} ${money(costs[kind] ?? 0)}`).join(' · ')

const LEFT = ['range', 'driving', 'break', 'span', 'repeat'] as const
/** What a bound relaxes, by its kind. */
export function boundWords(kind: string): string {
  if (kind.startsWith('none:')) return t('bound.night')
  if (kind === 'none') return t('bound.none')
  if (kind === 'nothing-to-decide') return t('bound.nothing')
  if (kind.startsWith('lagrangian of the outline')) return t('bound.outline', { left: listed(LEFT.filter((one) => kind.includes(one)).map((one) => t(`left.${one}`))) })
  if (kind.startsWith('lagrangian, then')) return t('bound.complete')
  return kind.startsWith('lagrangian') ? t('bound.lagrangian') : kind
}

const PHASES = ['starting', 'greedy', 'columns', 'neighbourhoods', 'bound', 'proofs'] as const
/** What a planner does now. */
export function phaseWords(phase: string): string {
  const known = PHASES.find((one) => one === phase)
  return known ? t(`phase.${known}`) : phase
}
