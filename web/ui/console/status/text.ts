import { catalog } from '@/shared/i18n'

/** The texts of how the works run. */
const texts = {
  'role.ingest': ['数据接入', 'Intake'],
  'role.understand': ['数据理解', 'Understanding'],
  'role.planner': ['派车规划', 'Planner'],
  'role.web': ['网页与接口', 'Pages and API'],
  'intake': ['数据接入与理解', 'Intake and understanding'],
  'listened': ['接收至', 'Listened until'],
  'deaf': ['最近一次接收中断结束于', 'Last outage of ours ended'],
  'never': ['无记录', 'Nothing told'],
  'waiting': ['待理解车辆', 'Vehicles waiting'],
  'devices': ['待理解终端', 'Devices waiting'],
  'oldest': ['待理解数据最早时间', 'It reaches back to'],
  'folds': ['搁置的计算', 'Parked folds'],
  'foldsLead': ['这些车辆的数据，或这些行程、票据，计算出错，系统会自动重试；其他的不受影响。', 'The facts of these vehicles, or these trips or receipts, cannot be worked out; we try again by ourselves, and the others go on.'],
  'foldsNone': ['没有搁置的计算', 'No fold is parked'],
  'tries': ['已试 {n} 次', '{n} {n:try|tries}'],
  'since': ['自 {at}', 'since {at}'],
  'retry': ['下次 {at}', 'next {at}'],
  'storage': ['存储', 'Storage'],
  'disk': ['数据库磁盘', 'Disk of the database'],
  'free': ['可用 {free}，共 {total}', '{free} free of {total}'],
  'level.ok': ['充足', 'Ok'],
  'level.warn': ['偏低', 'Getting low'],
  'level.low': ['不足：提前清理原始数据', 'Low: raw data go early'],
  'level.full': ['已满：暂停接收', 'Full: intake waits'],
  'level.unknown': ['数据库在其他机器上，无法得知', 'On another machine: unknown'],
  'aDay': ['每日新增', 'A day'],
  'full': ['预计 {n} 天后用尽（不清理时）', 'Full in {n} {n:day|days} if nothing went'],
  'keep': ['原始定位保存 {n} 天', 'Raw fixes are kept {n} {n:day|days}'],
  'horizon': ['{at} 之前的原始定位已清理', 'Raw fixes before {at} are gone'],
  'week': ['分区（周）', 'Week'],
  'rows': ['约行数', 'Rows, about'],
  'size': ['大小', 'Size'],
  'kept': ['保留原因', 'Kept by'],
  'goes': ['清理时间', 'Goes at'],
  'kept.age': ['未到期', 'Its age'],
  'kept.unpublished': ['账期未公示', 'Month not published'],
  'kept.hold': ['依法保全', 'Legal hold'],
  'kept.nothing': ['待清理', 'Nothing: it goes next'],
  'empty': ['含空分区 {n} 个', 'with {n} empty {n:one|ones}'],
  'now': ['即将', 'soon'],
} as const
export const t = catalog(texts)

/** What a process does, in words; one that is newer than this page goes by its name. */
export function role(code: string): string {
  const key = `role.${code}`
  return key in texts ? t(key as keyof typeof texts) : code
}
