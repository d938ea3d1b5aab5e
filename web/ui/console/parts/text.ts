import { catalog } from '@/shared/i18n'

/** The texts of parts that several pages use. */
export const t = catalog({
  'pager.label': ['分页', 'Pages'],
  'pager.range': ['第 {from}–{to} 条，共 {n} 条', '{from}–{to} of {n}'],
  'pager.back': ['上一页', 'Back'],
  'pager.next': ['下一页', 'Next'],
  'more.count': ['已显示 {n} 条', '{n} shown'],
  'more.some': ['已显示 {n} 条，还有更早的', '{n} shown, there are earlier ones'],
  'more.next': ['继续加载', 'Load more'],
  'copy.do': ['复制', 'Copy'],
  'copy.done': ['已复制', 'Copied'],
  'copy.failed': ['请手动选择并复制', 'Select and copy it by hand'],
  'car.pick': ['选择车辆', 'Choose a car'],
})
