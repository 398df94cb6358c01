/** `level=warn`, `"level":"warn"`, and the numbers of pino and bunyan. */
const FIELD =
  /(?:^|[\s,{"'])(?:level|lvl|log[._-]?level|level_?name|severity)["']?[ \t]{0,2}[:=][ \t]{0,2}["']?([a-z]{1,12}|\d{1,3})\b/i;
const LOUD = /^(?:err|error|fatal|severe|crit|critical|emerg|alert|panic)$/i;
const QUIET = /^(?:trce|trace|dbug|debug|info|information|notice|warn|warning|[1-4]0)$/i;
/** In capitals: `WARN`, `[WARN]`, `WARN:`, `[main/WARN]`, `WARN[0000]`, `WARNING:root:…`. */
const LEVEL =
  /^[^A-Za-z0-9]{0,3}(?:[\w-]{1,40}[/:])?(TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|ERR|FATAL|SEVERE|CRIT(?:ICAL)?|EMERG|ALERT|PANIC)(?![\w,.-])/;
const IN_BRACKETS = /^[[(<](\w{1,12})[\])>]:?$/;
/** At the beginning of a line in any case; PHP warns of a variable that is not there, which is why it fails. */
const AT_START = /^(trce|dbug|trace|debug|info|notice|warn|warning):(?! Undefined)/i;
/** What may stand before a level: a time, numbers, something in brackets, a separator, a program in small letters. */
const BEFORE_LEVEL = /^(?:[^A-Za-z]|\S{0,60}\d|[A-Z],$|(?:AM|PM|UTC|GMT|[A-Z][a-z]{2})$)/;
const PROGRAM = /^[a-z][\w./@-]{0,60}:?$/;
const WORDS_MAX = 10;

/** PHP-FPM hands on what others say, and always at the same level. */
const HANDED_ON = /PHP message: |said into std/;

/** Whether a line says that it is of a level that nothing fails at: a warning at most. */
export function isQuiet(line: string): boolean {
  const [, field] = FIELD.exec(line) ?? [];
  if (field !== undefined) return QUIET.test(field);
  const head = line.slice(0, 300).trim();
  if (head.startsWith('{') || HANDED_ON.test(head)) return false;
  if (AT_START.test(head)) return true;
  const words = head.split(/\s+/, WORDS_MAX);
  for (const [index, word] of words.entries()) {
    const level = LEVEL.exec(word)?.[1] ?? IN_BRACKETS.exec(word)?.[1];
    if (level !== undefined && (QUIET.test(level) || LOUD.test(level))) return QUIET.test(level);
    const isName = /^[\w.$/-]{1,80}$/.test(word) && /^[-|:]$/.test(words[index + 1] ?? '');
    if (!BEFORE_LEVEL.test(word) && !isName && !(index === 0 && PROGRAM.test(word))) return false;
  }
  return false;
}
