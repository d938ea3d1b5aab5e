import { ref } from 'vue'

/** Languages of the front end, the first is the default. */
export const LOCALES = ['zh-CN', 'en'] as const
export type Locale = (typeof LOCALES)[number]
type Facts = Record<string, string | number>

const STORED = 'gongche.locale'
const known = (value: string | null): Locale => LOCALES.find((one) => one === value) ?? 'zh-CN'

/** The language now shown; every catalog follows it. */
export const locale = ref<Locale>(known(localStorage.getItem(STORED)))

/** Show another language, and remember it on this device. */
export function setLocale(next: Locale): void {
  locale.value = next
  localStorage.setItem(STORED, next)
  document.documentElement.lang = next
}

/**
 * A typed translator over one catalog, each text in Chinese and in English: a key that is not in it does not
 * compile. `{name}` in a text is replaced by the fact of that name, `{name:car|cars}` by the word for one or for more.
 */
export function catalog<Key extends string>(texts: Record<Key, readonly [zh: string, en: string]>) {
  return (key: Key, facts: Facts = {}): string =>
    texts[key][locale.value === 'en' ? 1 : 0].replace(/\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g, (hole, name: string, one?: string, more?: string) =>
      String((one === undefined ? facts[name] : String(facts[name]) === '1' ? one : more) ?? hole))
}

/** Things one after another, as the language shown writes them. */
export const listed = (things: readonly string[]): string => things.join(locale.value === 'en' ? ', ' : '、')
/** What comes before what is said of something. */
export const colon = (): string => (locale.value === 'en' ? ': ' : '：')
